// From slide to slide by the keys, and by the presenters that send Page Up and Page Down. Without
// it the links below each slide do the same.
"use strict";
const slides = [...document.querySelectorAll(".slide")];

function current() {
  const middle = window.innerHeight / 2;
  const at = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > middle);
  return at < 0 ? slides.length - 1 : at;
}

function go(number) {
  const slide = slides[Math.max(0, Math.min(number, slides.length - 1))];
  slide.scrollIntoView({ block: "start" });
  slide.focus({ preventScroll: true });
  history.replaceState(null, "", `#${slide.id}`);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const here = current();
  const box = slides[here].getBoundingClientRect();
  // A slide that is longer than the window is first read to its end.
  const below = box.bottom > window.innerHeight + 4;
  const above = box.top < -4;
  if (event.key === "ArrowRight" || (event.key === "PageDown" && !below)) go(here + 1);
  else if (event.key === "ArrowLeft" || (event.key === "PageUp" && !above)) go(here - 1);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(slides.length - 1);
  else return;
  event.preventDefault();
});
