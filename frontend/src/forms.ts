/** A form that lost its kernel: what stands beside it in the output is shown, not an error. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Panel } from "@lumino/widgets";
import { PAGE, build } from "./page.js";

const WIDGET = "application/vnd.jupyter.widget-view+json";

class Form extends Panel implements IRenderMime.IRenderer {
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
    await this.inner.renderModel(model);
    look();
  }
}

export function forms(panel: NotebookPanel): void {
  const { rendermime } = panel.content;
  // Whoever draws forms is registered again with each kernel: so not the factory is replaced.
  const create = rendermime.createRenderer.bind(rendermime);
  rendermime.createRenderer = (type) => (type === WIDGET ? new Form(create(type)) : create(type));
}
