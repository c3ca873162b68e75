/** A form that lost its kernel: what stands beside it in the output is shown, not an error. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Panel } from "@lumino/widgets";
import { PAGE, PICTURE, build } from "./page.js";
import { pictures } from "./picture.js";

const WIDGET = "application/vnd.jupyter.widget-view+json";

class Form extends Panel implements IRenderMime.IRenderer {
  private drawn = "";

  constructor(private inner: IRenderMime.IRenderer) {
    super();
    this.addWidget(inner);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    // It says by this class that it failed, now or as soon as a kernel is there that lacks the form.
    const failed = () =>
      this.inner.hasClass("jupyter-widgets") && !(this.inner as IRenderMime.IRenderer & Panel).widgets.length;
    const look = () => failed() && model.data[PAGE] && this.inner.node.replaceChildren(build(model.data[PAGE]));
    new MutationObserver(look).observe(this.inner.node, { attributeFilter: ["class"] });
    // What stands beside a form changes as one plays; the form itself stays as it is.
    const drawn = JSON.stringify(model.data[WIDGET]);
    if (drawn === this.drawn && !failed()) return;
    this.drawn = drawn;
    await this.inner.renderModel(model);
    look();
  }
}

/** A picture in a form's reply comes as an image: it is drawn, so that it can be moved. */
function draw(reply: HTMLElement): void {
  for (const image of reply.querySelectorAll<HTMLImageElement>("img.lab-drawing")) {
    if (!PICTURE.test(image.src)) continue;
    const bytes = Uint8Array.from(atob(image.src.split(",")[1] ?? ""), (letter) => letter.charCodeAt(0));
    const drawn = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml").documentElement;
    drawn.querySelector("style")?.remove();
    image.replaceWith(drawn);
  }
  pictures(reply);
}

export function forms(panel: NotebookPanel): void {
  panel.content.node.addEventListener("lab-page", (event) => draw(event.target as HTMLElement));
  const { rendermime } = panel.content;
  // Whoever draws forms is registered again with each kernel: so not the factory is replaced.
  const create = rendermime.createRenderer.bind(rendermime);
  rendermime.createRenderer = (type) => (type === WIDGET ? new Form(create(type)) : create(type));
}
