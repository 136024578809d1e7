// Comforts for the page of a document: what is chosen is shown without loading the page anew, the address says the
// same as without this script, and j and k go from passage to passage.
let shown = location.pathname + location.search;
const STEPS: Record<string, number> = { j: 1, k: -1 };

async function show(address: string): Promise<boolean> {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [here, there] = [document.querySelector("main"), page.querySelector("main")];
  if (!here || !there) return false;
  here.replaceChildren(...there.childNodes);
  document.title = page.title;
  return true;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.closest(".reads")) return;
  event.preventDefault();
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) chosen.append(name, String(value));
  const address = `${location.pathname}${chosen.size ? `?${chosen}` : ""}`;
  show(address).then(
    (done) => {
      if (!done) return location.assign(address);
      history.pushState(null, "", address);
      shown = address;
      // Whoever does not see the page hears what it shows now.
      const found = document.getElementById("found") ?? document.getElementById("reads");
      found?.setAttribute("tabindex", "-1");
      found?.focus();
    },
    () => location.assign(address),
  );
});

addEventListener("popstate", () => {
  // A step within the page changes its fragment alone.
  if (shown === location.pathname + location.search) return;
  shown = location.pathname + location.search;
  show(shown).then((done) => done || location.reload(), () => location.reload());
});

// Only while the focus is among the passages, so that no other use of the keys is taken away.
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const at = event.target;
  if (!step || !(at instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!at.closest(".passage, .laid") || at.closest("input, select, textarea")) return;
  const all = [...document.querySelectorAll<HTMLElement>(".passage:not(.masthead), .laid")];
  const next = all[all.findIndex((one) => one.contains(at)) + step];
  if (!next) return;
  event.preventDefault();
  next.scrollIntoView({ block: "start" });
  next.querySelector<HTMLElement>(".number a, .place a")?.focus({ preventScroll: true });
});
