/** What belongs to the page: answers in sight, how far one is, words that open where they stand. */

import { type JupyterFrontEnd, type JupyterFrontEndPlugin, ILabShell } from "@jupyterlab/application";
import type { DocumentWidget } from "@jupyterlab/docregistry";
import { type Notebook, type NotebookPanel, INotebookCellExecutor, INotebookTracker, NotebookActions, runCell } from "@jupyterlab/notebook";
import { files, laying } from "./browser.js";
import { forms } from "./forms.js";
import { glossary } from "./glossary.js";
import { watchMarked } from "./marked.js";
import { HOME, store } from "./progress.js";
import { bringIntoSight } from "./sight.js";
import { Strip } from "./strip.js";
import { guard, keep, renew, renewing } from "./work.js";

const strips = new WeakMap<Notebook, Strip>();
const keepers = new WeakMap<Notebook, () => void>();

function prepare(app: JupyterFrontEnd, panel: NotebookPanel): void {
  const strip = new Strip(panel);
  strips.set(panel.content, strip);
  panel.contentHeader.addWidget(strip);
  glossary(panel.content);
  forms(panel);
  files(panel, app.serviceManager.contents, strip);
  renew(panel);
  keepers.set(panel.content, keep(panel));
  // One save after the other: JupyterLab takes its own, still under way, for somebody else's. What
  // stops one, a dialog that is cancelled too, stops those that wait for it.
  const { context } = panel;
  const save = context.save.bind(context);
  let saving = Promise.resolve();
  context.save = () => {
    const mine = (saving = saving.then(save));
    mine.catch(() => (saving = Promise.resolve()));
    return mine;
  };
}

/** Open what the address names; while the page is still being laid out, it may not get the focus. */
async function open({ commands }: JupyterFrontEnd, shell: ILabShell, path: string): Promise<void> {
  const show = (path: string) => commands.execute("docmanager:open", { path });
  // Of an address that names nothing, an empty page would be all.
  const opened = (await show(path).catch(() => show(HOME))) as DocumentWidget | undefined;
  await opened?.revealed;
  if (opened && !shell.currentWidget) shell.activateById(opened.id);
}

/** Beside the first page no list of contents stands: it has none. The layout that is kept stays. */
function makeRoom(app: JupyterFrontEnd, shell: ILabShell): void {
  const files = location.pathname.endsWith("/index.html"); // no server is there
  const first = new URLSearchParams(location.search).get("path");
  // JupyterLite would open it as well, and the file browser in the place of the list of contents.
  if (files && first) void app.restored.then(() => open(app, shell, first));
  // Beside it, in a window of a telephone's width, nothing could be read.
  void app.restored.then(() => files && window.innerWidth < 800 && shell.collapseLeft());
  shell.currentChanged.connect((_, { newValue }) => {
    const path = (newValue as DocumentWidget | null)?.context?.path;
    void app.restored.then(() => {
      const [first] = shell.widgets("left"); // in a stack, which is in an area
      // The address of files says nothing of what is open, and a reload would lose it.
      if (path && files) history.replaceState(null, "", `?path=${encodeURIComponent(path)}`);
      if (path) first?.parent?.parent?.setHidden(path.endsWith(HOME) || shell.leftCollapsed);
    });
  });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "labsupport-course:plugin",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILabShell],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker, shell: ILabShell | null) => {
    void store.open(app);
    guard();
    watchMarked();
    if (shell) makeRoom(app, shell);
    tracker.widgetAdded.connect((_, panel) => prepare(app, panel));
    tracker.currentChanged.connect((_, panel) => panel && store.opened(panel.context.path));
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      strips.get(notebook)?.started(cell);
    });
    NotebookActions.executed.connect((_, { notebook, cell }) => {
      strips.get(notebook)?.ended();
      keepers.get(notebook)?.();
      bringIntoSight(notebook, cell);
    });
  },
};

/** What is run before there is a kernel waits for it: by JupyterLab's own executor it is lost. */
const executor: JupyterFrontEndPlugin<INotebookCellExecutor> = {
  id: "labsupport-course:executor",
  autoStart: true,
  provides: INotebookCellExecutor,
  activate: () => ({
    runCell: async (options) => {
      await options.sessionContext?.ready;
      await renewing.get(options.notebook);
      await laying.get(options.notebook);
      return runCell(options);
    },
  }),
};

export default [plugin, executor];
