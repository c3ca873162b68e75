/** Links of an answer: to a file that it wrote, which is opened, printed or taken home; to a page. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { element } from "./page.js";
import { store } from "./progress.js";

/** Print a page of the course's own, with no script run that somebody put into it. */
async function print(address: string): Promise<void> {
  const text = await (await fetch(address)).text();
  const frame = element("iframe", { srcdoc: text, className: "lab-printed" });
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.addEventListener("load", () => {
    frame.contentWindow?.addEventListener("afterprint", () => frame.remove());
    frame.contentWindow?.print();
  });
  document.body.append(frame);
}

const PAGE = /\.(html?|svg)$/i;

/** Show a file that lies in this browser in a window, within a frame that is of no origin. */
function open(address: string, name: string): void {
  const shown = window.open("", "_blank"); // at once: later it would count as unasked for
  if (!shown) return;
  shown.opener = null;
  shown.document.title = name;
  const frame = shown.document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-modals allow-downloads");
  frame.title = name;
  frame.style.cssText = "position: fixed; inset: 0; width: 100%; height: 100%; border: 0";
  shown.document.body.append(frame);
  void (async () => {
    const text = await (await fetch(address)).text();
    frame.srcdoc = PAGE.test(name) ? text : element("pre", {}, text).outerHTML;
  })();
}

/** Let the links below `node` lead where they say, seen from the notebook. */
export function links(node: Element, options: Pick<IRenderMime.IRendererOptions, "resolver" | "linkHandler">): void {
  const { resolver, linkHandler } = options;
  for (const link of node.querySelectorAll<HTMLAnchorElement>("a[href]")) {
    const wanted = link.getAttribute("href") ?? "";
    if (!resolver || /^(#|https:)/.test(wanted)) continue;
    void (async () => {
      const path = await resolver.resolveUrl(wanted);
      const lead = async () => {
        link.href = await resolver.getDownloadUrl(path);
      };
      await lead();
      // A file that is kept in the browser has another address each time that it is written.
      const stop = store.onSaved(path, () => (link.isConnected ? lead() : stop()));
      if (link.classList.contains("lab-open")) {
        link.target = "_blank";
        link.addEventListener("click", (event) => {
          if (!link.href.startsWith("blob:")) return; // a server says itself that a file has no origin
          event.preventDefault();
          open(link.href, wanted);
        });
      }
      else if (link.classList.contains("lab-download")) link.download = wanted;
      else if (link.classList.contains("lab-print")) {
        link.addEventListener("click", (event) => {
          event.preventDefault();
          void print(link.href);
        });
      } else linkHandler?.handleLink(link, path);
    })();
  }
}
