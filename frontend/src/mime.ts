/** Draws answers that are stored in a notebook. No kernel is needed, nor is the notebook trusted. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { fit } from "./fit.js";
import { links } from "./links.js";
import { marked } from "./marked.js";
import { PAGE, build, element } from "./page.js";
import { homePage, isHome } from "./home.js";
import { pictures } from "./picture.js";
import { form, isQuestion } from "./question.js";
import { sayOnce } from "./said.js";

const QUESTION = "application/vnd.labsupport.question+json";
const HOME = "application/vnd.labsupport.home+json";

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
      sayOnce(this.node.closest(".jp-Notebook") ?? this.node, this.node);
      fit(this.node);
    };
    fold();
    requestAnimationFrame(fold); // where it is drawn a moment later it may be narrower, and higher
  }

  protected onBeforeDetach(): void {
    const notebook = this.node.closest(".jp-Notebook");
    if (notebook) requestAnimationFrame(() => sayOnce(notebook));
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
