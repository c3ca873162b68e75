/** A form that lost its kernel: what stands beside it in the output is shown, not an error. */

import type { NotebookPanel } from "@jupyterlab/notebook";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Panel } from "@lumino/widgets";
import { links } from "./links.js";
import { PAGE, build, element } from "./page.js";
import { pictures } from "./picture.js";
import { sayOnce } from "./said.js";

const WIDGET = "application/vnd.jupyter.widget-view+json";

const PATIENCE_MS = 1000;

/** It stays what it was made as: by that, JupyterLab finds it once there is a kernel. */
function guard(form: IRenderMime.IRenderer & Panel): void {
  const render = form.renderModel.bind(form);
  let drawn = "";
  let page: unknown;
  const look = () => {
    if (form.widgets.length || !page) return;
    const shown = element("div", { className: "lab-page" }, build(page));
    form.node.replaceChildren(shown);
    pictures(shown);
  };
  // It says by this class that it failed, now or as soon as a kernel is there that lacks the form.
  const failed = () => form.hasClass("jupyter-widgets") && look();
  new MutationObserver(failed).observe(form.node, { attributeFilter: ["class"] });
  form.renderModel = async (model) => {
    page = model.data[PAGE];
    // What stands beside a form changes as one plays; the form itself stays as it is.
    const view = JSON.stringify(model.data[WIDGET]);
    if (view === drawn && form.widgets.length) return;
    drawn = view;
    const waits = window.setTimeout(look, PATIENCE_MS); // perhaps no kernel comes
    await render(model);
    window.clearTimeout(waits);
    failed();
  };
}

export function forms(panel: NotebookPanel): void {
  const { rendermime } = panel.content;
  panel.content.node.addEventListener("lab-page", ({ target }) => {
    pictures(target as HTMLElement);
    links(target as HTMLElement, rendermime);
    sayOnce(panel.content.node, target as HTMLElement);
  });
  panel.sessionContext.statusChanged.connect((_, status) => {
    if (!/restarting|dead/.test(status)) return;
    const made = panel.content.node.querySelectorAll(".lab-form-box form");
    made.forEach((form) => form.dispatchEvent(new Event("lab-lost")));
  });
  // Whoever draws forms is registered again with each kernel: so not the factory is replaced.
  const create = rendermime.createRenderer.bind(rendermime);
  rendermime.createRenderer = (type) => {
    const made = create(type);
    if (type === WIDGET) guard(made as IRenderMime.IRenderer & Panel);
    return made;
  };
}
