// Comforts for diagrams of lines between bodies: zoom, pan, ways through them, and statements beside the drawing. The
// page is whole without them: every part of a drawing is a link.

const canvas = document.querySelector<HTMLElement>(".canvas");
const drawing = canvas?.querySelector<SVGSVGElement>("svg.diagram");
const tools = document.querySelector<HTMLElement>(".tools");

interface Part {
  link: SVGAElement;
  key: string;
  from: string;
  to: string;
  journey: string;
}

function make<K extends keyof HTMLElementTagNameMap>(name: K, text = "", attributes: Record<string, string> = {}): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

function filterTable(): void {
  const table = document.querySelector<HTMLTableElement>("table.reporting");
  if (!table?.parentElement) return;
  const label = make("label", "Only rows with ", { class: "narrow", "data-screen": "" });
  const field = make("input", "", { type: "search", autocomplete: "off" });
  label.append(field);
  table.parentElement.before(label);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of table.tBodies[0]?.rows ?? []) {
      const text = (row.textContent ?? "").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}

function comfort(canvas: HTMLElement, drawing: SVGSVGElement, tools: HTMLElement): void {
  const width = drawing.width.baseVal.value;
  const height = drawing.height.baseVal.value;
  const parts: Part[] = [...drawing.querySelectorAll<SVGAElement>("a[data-key]")].map((link) => ({
    link,
    key: link.dataset.key ?? "",
    from: link.dataset.from ?? "",
    to: link.dataset.to ?? "",
    journey: link.dataset.journey ?? "",
  }));
  const lines = parts.filter((part) => part.from);
  const nodes = parts.filter((part) => !part.from);
  const said = make("p", "", { role: "status", class: "note" });

  // Zoom keeps the point under the pointer where it is; the canvas scrolls, which is the pan.
  let scale = 1;
  const zoom = (to: number, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2): void => {
    const next = Math.min(3, Math.max(0.25, to));
    const left = ((canvas.scrollLeft + x) / scale) * next - x;
    const top = ((canvas.scrollTop + y) / scale) * next - y;
    scale = next;
    drawing.setAttribute("width", String(width * scale));
    drawing.setAttribute("height", String(height * scale));
    canvas.scrollTo({ left, top, behavior: "instant" });
    said.textContent = `${Math.round(scale * 100)} %`;
  };
  const fit = (): void => zoom(canvas.clientWidth / width);
  const at = (event: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(scale * Math.exp(-event.deltaY / 300), ...at(event));
    },
    { passive: false },
  );

  const pointers = new Map<number, PointerEvent>();
  let dragged = false;
  canvas.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    dragged = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other) {
      const apart = (one: PointerEvent): number => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      zoom((scale * apart(event)) / apart(before), ...at(event));
    } else if (event.pointerType === "mouse" && event.buttons === 1) {
      canvas.scrollBy({ left: before.clientX - event.clientX, top: before.clientY - event.clientY, behavior: "instant" });
      dragged ||= Math.abs(before.clientX - event.clientX) + Math.abs(before.clientY - event.clientY) > 2;
    }
    pointers.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"] as const) {
    canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener("dragstart", (event) => event.preventDefault());

  // What is looked at is shown by paling the rest.
  let pinned: Set<string> | null = null;
  const show = (keys: Set<string> | null): void => {
    for (const part of parts) part.link.classList.toggle("pale", keys !== null && !keys.has(part.key));
  };
  const withEnds = (some: Part[]): Set<string> => new Set(some.flatMap((line) => [line.key, line.from, line.to]));
  const around = (part: Part): Set<string> =>
    part.from
      ? withEnds(lines.filter((line) => line.journey === part.journey))
      : withEnds(lines.filter((line) => line.from === part.key || line.to === part.key)).add(part.key);
  for (const part of parts) {
    for (const name of ["focusin", "pointerenter"]) part.link.addEventListener(name, () => pinned ?? show(around(part)));
    for (const name of ["focusout", "pointerleave"]) part.link.addEventListener(name, () => show(pinned));
  }

  const way = (from: string, to: string): Part[] => {
    const came = new Map<string, Part | null>([[from, null]]);
    for (const here of came.keys()) {
      for (const line of lines) if (line.from === here && !came.has(line.to)) came.set(line.to, line);
    }
    const found: Part[] = [];
    for (let line = came.get(to); line; line = came.get(line.from)) found.unshift(line);
    return found;
  };
  const name = (key: string): string => nodes.find((node) => node.key === key)?.link.getAttribute("aria-label") ?? "";
  const choose = (title: string): HTMLSelectElement => {
    const select = make("select", "", { "aria-label": title });
    select.append(make("option", `${title} …`, { value: "" }));
    const named = nodes.map((node) => [name(node.key), node.key] as const).sort((one, other) => one[0].localeCompare(other[0]));
    for (const [words, key] of named) select.append(make("option", words, { value: key }));
    select.addEventListener("change", follow);
    return select;
  };
  const start = choose("Focus on");
  const end = choose("Way to");
  function follow(): void {
    const one = nodes.find((node) => node.key === start.value);
    pinned = null;
    said.textContent = "";
    if (one && end.value) {
      const found = way(one.key, end.value);
      pinned = withEnds(found).add(one.key).add(end.value);
      const stops = [one.key, ...found.map((line) => line.to)].map(name).join(" → ");
      said.textContent = found.length ? stops : `No way leads from ${name(one.key)} to ${name(end.value)}.`;
    } else if (one) {
      pinned = around(one);
      one.link.scrollIntoView({ block: "nearest", inline: "center" });
    }
    show(pinned);
  }

  const button = (words: string, title: string, act: () => void): HTMLButtonElement => {
    const made = make("button", words, { type: "button", title });
    if (words.length === 1) made.setAttribute("aria-label", title);
    made.addEventListener("click", act);
    return made;
  };
  tools.append(
    button("−", "Smaller", () => zoom(scale / 1.25)),
    button("+", "Larger", () => zoom(scale * 1.25)),
    button("100 %", "As large as written", () => zoom(1)),
    button("Fit", "Fit the width", fit),
    start,
    end,
    said,
  );

  // A line shows its statements beside the drawing; the same stand below for everybody.
  const panel = make("aside", "", { class: "beside-drawing", tabindex: "-1", "aria-label": "The line" });
  panel.hidden = true;
  canvas.after(panel);
  let asked: SVGAElement | null = null;
  const close = (): void => {
    panel.hidden = true;
    asked?.focus();
  };
  for (const line of lines) {
    line.link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      const told = document.getElementById(line.key);
      if (!told) return;
      event.preventDefault();
      if (dragged) return;
      const copy = told.cloneNode(true) as HTMLElement;
      copy.removeAttribute("id");
      copy.removeAttribute("tabindex");
      panel.replaceChildren(button("Close", "Close", close), copy);
      panel.hidden = false;
      asked = line.link;
      panel.focus({ preventScroll: true });
      panel.scrollIntoView({ block: "nearest" });
    });
  }
  for (const node of nodes) node.link.addEventListener("click", (event) => dragged && event.preventDefault());

  // Where not all of it is to be seen, it begins with the node that most lines lead to.
  const busy = nodes
    .map((node) => [lines.filter((line) => line.to === node.key).length, node.link] as const)
    .sort((one, other) => other[0] - one[0])[0];
  if (busy && canvas.scrollWidth > canvas.clientWidth) {
    const box = busy[1].getBBox();
    canvas.scrollTo({ left: box.x + box.width / 2 - canvas.clientWidth / 2, behavior: "instant" });
  }

  document.addEventListener("keydown", (event) => {
    const typing = (event.target as Element).closest("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !panel.hidden) close();
    else if (event.key === "t") {
      const table = document.getElementById("table");
      table?.scrollIntoView();
      table?.focus({ preventScroll: true });
    } else if (!(event.target as Element).closest(".drawn")) return;
    else if (event.key === "+" || event.key === "=") zoom(scale * 1.25);
    else if (event.key === "-") zoom(scale / 1.25);
    else if (event.key === "0") zoom(1);
    else return;
    event.preventDefault();
  });
}

filterTable();
if (canvas && drawing && tools) comfort(canvas, drawing, tools);
