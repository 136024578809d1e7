// The entry point of everything that runs in a browser. Pages must work without it: here are comforts only.
import "./main.css";

// Style sheets use this mark to show what only works with JavaScript.
document.documentElement.dataset.enhanced = "true";

// A timeline wider than its page opens where today is.
const today = document.querySelector("svg.timeline line.today");
const timeline = today?.closest("figure");
if (today && timeline) {
  const { left, width } = timeline.getBoundingClientRect();
  timeline.scrollLeft = today.getBoundingClientRect().left - left - width / 2;
}
