/** A marked document: a number opens its finding, and a finding that opens shows its numbers. */

import { element } from "./page.js";

const NUMBER = ".lab-letter [data-finding], .lab-whole-order [data-finding]";

function findingsOf(place: Element): HTMLDetailsElement[] {
  return [...(place.closest(".lab-marked")?.querySelectorAll<HTMLDetailsElement>(".lab-finding") ?? [])];
}

/** The numbers of a stored page are words until there is something that opens what they stand for. */
export function marked(page: HTMLElement): void {
  for (const number of page.querySelectorAll<HTMLElement>(NUMBER)) {
    const finding = number.dataset.finding ?? "";
    const button = element("button", { type: "button", className: "lab-number" }, finding);
    button.dataset.finding = finding;
    const title = findingsOf(number)[Number(finding) - 1]?.querySelector("strong")?.textContent ?? "";
    button.setAttribute("aria-label", `${finding}: ${title}`);
    number.replaceWith(button);
  }
}

/** Once for all documents of the window, those in a form as well. */
export function watchMarked(): void {
  document.addEventListener("click", ({ target }) => {
    const number = (target as Element).closest<HTMLElement>(NUMBER);
    const finding = number && findingsOf(number)[Number(number.dataset.finding) - 1];
    if (!finding) return;
    finding.open = true;
    finding.querySelector("summary")?.focus();
  });
  const shown = ({ target }: Event) => {
    const finding = target as HTMLDetailsElement;
    const place = findingsOf(finding).indexOf(finding);
    if (place < 0) return;
    const own = `[data-finding="${place + 1}"]`;
    const numbers = [...(finding.closest(".lab-marked")?.querySelectorAll<HTMLElement>(own) ?? [])];
    numbers.forEach((number) => number.classList.toggle("lab-here", finding.open));
    const letter = numbers[0]?.closest<HTMLElement>(".lab-letter");
    if (finding.open && letter && numbers[0]) letter.scrollTop = numbers[0].offsetTop - letter.clientHeight / 2;
  };
  document.addEventListener("toggle", shown, true); // it does not bubble
}
