/** Draws answers that are stored in a notebook. No kernel is needed, nor is the notebook trusted. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { HIGHEST, fit } from "./fit.js";
import { links } from "./links.js";
import { marked } from "./marked.js";
import { PAGE, build, element } from "./page.js";
import { homePage, isHome } from "./home.js";
import { pictures } from "./picture.js";
import { form, isQuestion } from "./question.js";

const QUESTION = "application/vnd.labsupport.question+json";
const HOME = "application/vnd.labsupport.home+json";

// What was told in a notebook already, and by which output.
const told = new WeakMap<Element, Map<string, Widget>>();

class Page extends Widget implements IRenderMime.IRenderer {
  constructor(private options: IRenderMime.IRendererOptions) {
    super();
    this.addClass("lab-page");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data: unknown = model.data[this.options.mimeType];
    if (this.options.mimeType === PAGE) this.node.replaceChildren(build(data));
    else if (isQuestion(data)) {
      this.addClass("lab-form-box"); // a question looks as the forms do
      this.node.replaceChildren(form(data));
    }
    else if (isHome(data)) this.node.replaceChildren(homePage(data, this.options.resolver));
    if (!this.node.hasChildNodes()) {
      // Data of another edition, or changed by hand: the text beside it stands.
      const text = model.data["text/plain"];
      this.node.append(element("pre", {}, typeof text === "string" ? text : ""));
    }
    links(this.node, this.options);
    pictures(this.node);
    marked(this.node);
    if (this.isAttached) this.onAfterAttach();
  }

  protected onAfterAttach(): void {
    const fold = () => {
      this.foldWhatWasTold();
      fit(this.node);
    };
    fold();
    requestAnimationFrame(fold); // where it is drawn a moment later it may be narrower, and higher
  }

  /** What an answer does not prove is told whole once in a notebook; after that in a fold. */
  private foldWhatWasTold(): void {
    const notebook = this.node.closest(".jp-Notebook");
    if (!notebook) return;
    const known = told.get(notebook) ?? new Map<string, Widget>();
    told.set(notebook, known);
    for (const limits of this.node.querySelectorAll<HTMLDetailsElement>("details.lab-limits")) {
      const items = [...limits.querySelectorAll("li")];
      const isNew = (item: Element) => {
        const first = known.get(item.textContent ?? "");
        return !first || first === this || first.isDisposed;
      };
      items.forEach((item) => (item.hidden = !isNew(item)));
      limits.open = items.some(isNew);
      limits.open &&= this.node.offsetHeight <= HIGHEST; // as it is with them
      for (const text of items.filter(isNew).map((item) => item.textContent ?? "")) {
        if (limits.open) known.set(text, this);
        else if (known.get(text) === this) known.delete(text);
      }
      // Whoever unfolds it reads it whole.
      limits.querySelector("summary")?.addEventListener("click", () => {
        items.forEach((item) => (item.hidden = false));
      });
    }
  }
}

const extension: IRenderMime.IExtension = {
  id: "labsupport-course:pages",
  // Before everything else that the output holds: HTML has 50, and the lower comes first.
  rendererFactory: {
    safe: true,
    mimeTypes: [PAGE, QUESTION, HOME],
    createRenderer: (options) => new Page(options),
  },
  rank: 0,
  dataType: "json",
  fileTypes: [{ name: "labsupport-home", extensions: [".course"], mimeTypes: [HOME], fileFormat: "text" }],
  documentWidgetFactoryOptions: {
    name: "The course",
    primaryFileType: "labsupport-home",
    fileTypes: ["labsupport-home"],
    defaultFor: ["labsupport-home"],
  },
};

export default extension;
