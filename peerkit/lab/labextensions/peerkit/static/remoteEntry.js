// JupyterLab's part of the room: cards and commands, and notebooks of peerkit's that open as forms.
// A prebuilt extension written by hand: the small container protocol that a bundler would write, and one plugin.
(() => {
  const CATEGORY = "Peer coaching";
  const OWN = "peerkit";

  // Two chairs that face each other, two bars and a line, a house.
  const drawing = (paths) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16" fill="none"><g class="jp-icon3" stroke="#616161" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${paths}</g></svg>`;
  const DRAWINGS = {
    session: '<path d="M4 5v8h5v6M4 13v6M20 5v8h-5v6M20 13v6"/>',
    chart: '<path d="M4 4v16h16M8 16l4-5 3 3 5-7"/>',
    home: '<path d="M4 11l8-7 8 7M6 10v10h12V10"/>',
  };
  const STYLE = `
    .jp-CodeCell.peerkit-own > .jp-Cell-inputWrapper { display: none; }
    .peerkit-own .jp-OutputPrompt, .peerkit-own .jp-OutputArea-promptOverlay, .peerkit-own .jp-Collapser { visibility: hidden; }
    @media (max-width: 640px) { .peerkit-own .jp-OutputPrompt { display: none; } .peerkit-clean { --jp-notebook-padding: 4px; } }`;

  function connect(library) {
    const { apputils, coreutils, notebook, services, ui } = library;
    const say = (title, error) => apputils.showErrorMessage(title, error.message ? error : { message: String(error) });

    const tell = (promise) => promise.catch((error) => apputils.Notification.warning(error.message, { autoClose: false }));

    async function ask(path, options = {}) {
      const settings = services.ServerConnection.makeSettings();
      const response = await services.ServerConnection.makeRequest(`${settings.baseUrl}peerkit/${path}`, options, settings);
      const answer = await response.json().catch(() => ({}));
      if (!response.ok) throw new Error(answer.message ?? "peerkit's server extension does not answer. Run `peerkit doctor` in a terminal.");
      return answer;
    }

    // Which template, where there is more than one; null when the person changed their mind.
    async function chosenTemplate(templates, reason) {
      const shown = templates.map(({ name, title, minutes }) => `${title} (${name}) · ${minutes} minutes`);
      const current = Math.max(templates.findIndex(({ is_suggested }) => is_suggested), 0);
      const label = `${reason} Suggested: ${templates[current].title}.`;
      const { value, button } = await apputils.InputDialog.getItem({ title: "Which kind of session?", label, items: shown, current, okLabel: "Begin" });
      return button.accept ? templates[shown.indexOf(value)].name : null;
    }

    async function newSession(app, near) {
      const begin = (given) => ask("sessions", { method: "POST", body: JSON.stringify({ near, ...given }) });
      let answer = await begin({});
      answer.mistakes.forEach((mistake) => apputils.Notification.warning(mistake, { autoClose: false }));
      if (answer.templates) {
        const template = await chosenTemplate(answer.templates, answer.reason);
        if (template === null) return;
        answer = await begin({ template });
      }
      await app.commands.execute("docmanager:open", { path: answer.path, factory: "Notebook" });
    }

    // Without the name of a drive, which the server does not know.
    const localPath = (app, path) => app.serviceManager.contents.localPath(path);
    const mayRun = (path, options) => ask(`may-run?path=${encodeURIComponent(path)}`, options);

    // Its kernel starts while the page builds the notebook. What goes wrong here is told when it asks to run.
    async function openNotebook(app, path) {
      await mayRun(path, { method: "POST" }).catch(() => undefined);
      return app.commands.execute("docmanager:open", { path, factory: "Notebook" });
    }

    async function openOwn(app, near, name) {
      const { folder } = await ask(`room?near=${encodeURIComponent(near)}`);
      await openNotebook(app, coreutils.PathExt.join(folder, name));
    }

    const codeOf = (panel) => panel.content.widgets.filter(({ model }) => model.type === "code").map(({ model }) => model.sharedModel.getSource());
    const sameTexts = (one, other) => one.length === other.length && one.every((text, at) => text === other[at]);

    // No code in sight, once it is known to be ours; a notebook that waits shows all that it would run.
    function tidy(panel) {
      panel.content.addClass("peerkit-clean");
      panel.content.widgets.filter(({ model }) => model.getMetadata(OWN)).forEach((cell) => cell.addClass("peerkit-own"));
    }

    // Run All goes to the last cell; whoever opens a notebook begins at the first.
    function toTop(panel) {
      panel.content.activeCellIndex = 0;
      panel.content.node.querySelector(".jp-WindowedPanel-outer")?.scrollTo({ top: 0 });
    }

    // The first form takes the focus, so that the keyboard goes on from there and a letter changes no cell.
    async function enter(panel) {
      const title = await appears(() => panel.content.node.querySelector(".peerkit h2"));
      if (!title || !panel.isVisible || document.activeElement?.matches("input, textarea, select, button, a[href], [contenteditable=true]")) return;
      title.focus({ preventScroll: true });
      // JupyterLab brings the cell that has the focus into view; the heading above it should be seen as well.
      setTimeout(() => panel.content.node.querySelector(".jp-WindowedPanel-outer")?.scrollTo({ top: 0 }), 150);
    }

    async function appears(find, tries = 100) {
      for (; tries > 0 && !find(); tries -= 1) await new Promise((resolve) => setTimeout(resolve, 100));
      return find();
    }

    async function runByItself(app, panel, isFirst) {
      const path = localPath(app, panel.context.path);
      // Asked while the kernel starts. Cells that run before the session is ready are silently lost.
      const [answer] = await Promise.all([mayRun(path), panel.sessionContext.ready]);
      await panel.sessionContext.session?.kernel?.info;
      if (panel.isDisposed) return;
      // The server looked at the file; what would run is what this page holds, so the two must be the same.
      if (!answer.code || !sameTexts(answer.code, codeOf(panel))) {
        panel.content.widgets.filter(({ model }) => model.type === "code").forEach((cell) => { cell.inputHidden = false; });
        apputils.Notification.info(answer.why ?? "This notebook is not as its file has it, so it waits for you.", { autoClose: false });
        return;
      }
      tidy(panel);
      const ran = notebook.NotebookActions.runAll(panel.content, panel.sessionContext);
      // Later, when the kernel was started anew, somebody is in the middle of the hour: they stay where they are.
      if (isFirst) {
        toTop(panel);
        enter(panel);
      }
      await ran;
      if (isFirst && !panel.isDisposed && !panel.content.node.querySelector(".peerkit")) toTop(panel);
      // Saved without what it shows, so that leaving the page asks nothing.
      if (!panel.isDisposed && !panel.context.model.readOnly) await panel.context.save();
    }

    // JupyterLab makes the widgets that a file holds as soon as it opens, and a widget brings its own script: only a
    // notebook that was run and saved on this machine (all its code is trusted) may have some. Ours never do.
    function forgetWidgets({ context: { model } }) {
      const code = [...model.cells].filter(({ type }) => type === "code");
      const isTrusted = code.length > 0 && code.every(({ trusted }) => trusted);
      if (!model.getMetadata("widgets") || (isTrusted && !model.getMetadata(OWN))) return;
      const wasDirty = model.dirty;
      model.deleteMetadata("widgets");
      model.dirty = wasDirty;
    }

    // At opening, and again when the kernel was started anew: the forms then show what is in the journal.
    async function watch(app, panel) {
      await panel.context.ready;
      forgetWidgets(panel);
      if (!panel.context.model.getMetadata(OWN)) return;
      await runByItself(app, panel, true);
      let isNew = false;
      panel.sessionContext.statusChanged.connect((_, status) => {
        if (status === "restarting" || status === "autorestarting") isNew = true;
        if (!isNew || status !== "idle") return;
        isNew = false;
        tell(runByItself(app, panel, false));
      });
    }

    // A form asks for another document by a path relative to its own notebook.
    // What JupyterLab would take for a text that is damaged.
    const NOT_SHOWN = /\.(xlsx|parquet)$/i;
    async function download(app, path) {
      const link = document.createElement("a");
      link.href = await app.serviceManager.contents.getDownloadUrl(path);
      link.download = coreutils.PathExt.basename(path);
      link.click();
    }
    function openFromForm(app, tracker, event) {
      const panel = tracker.find((one) => one.node.contains(event.target));
      const href = String(event.detail?.href ?? "");
      if (!panel || !href || /^([a-z][a-z0-9+.-]*:|\/)/i.test(href)) return;
      event.preventDefault();
      const path = coreutils.PathExt.join(coreutils.PathExt.dirname(localPath(app, panel.context.path)), decodeURIComponent(href));
      const opened = path.endsWith(".ipynb") ? openNotebook(app, path)
        : NOT_SHOWN.test(path) ? download(app, path) : app.commands.execute("docmanager:open", { path });
      opened.catch((error) => say("Not opened", error));
    }

    return {
      id: "peerkit:room",
      description: "Cards and commands of peer coaching, and session notebooks that open as forms.",
      autoStart: true,
      optional: [notebook.INotebookTracker, apputils.ICommandPalette, library.launcher?.ILauncher].filter(Boolean),
      activate: (app, tracker, palette, launcher) => {
        // A page without notebooks, such as Voilà's, loads extensions too: there is nothing to do there.
        if (!tracker) return;
        const nearby = (args) => localPath(app, args.cwd ?? coreutils.PathExt.dirname(tracker.currentWidget?.context.path ?? ""));
        const commands = [
          ["peerkit:new-session", "New session", "Begin the next session: day and roles come from your history", "session", (args) => newSession(app, nearby(args))],
          ["peerkit:follow-through", "Follow-through", "How much of what you promised was kept, over time", "chart", (args) => openOwn(app, nearby(args), "follow-through.ipynb")],
          ["peerkit:home", "Home", "Whose turn it is, what is open, the last summary", "home", (args) => openOwn(app, nearby(args), "home.ipynb")],
        ];
        commands.forEach(([command, label, caption, picture, act], rank) => {
          const icon = new ui.LabIcon({ name: `peerkit:${picture}`, svgstr: drawing(DRAWINGS[picture]) });
          app.commands.addCommand(command, { label, caption, icon, execute: (args) => act(args).catch((error) => say(label, error)) });
          launcher?.add({ command, category: CATEGORY, rank });
          palette?.addItem({ command, category: CATEGORY, args: {} });
        });
        const style = document.createElement("style");
        style.textContent = STYLE;
        document.head.append(style);
        document.addEventListener("peerkit:open", (event) => openFromForm(app, tracker, event));
        tracker.widgetAdded.connect((_, panel) => {
          tell(watch(app, panel));
        });
      },
    };
  }

  let scope = {};
  async function shared(name) {
    const versions = scope[name];
    if (!versions) return null;
    const names = Object.keys(versions);
    const version = names.find((one) => versions[one].loaded || versions[one].eager) ?? names.at(-1);
    return (await versions[version].get())();
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB.peerkit = {
    init: (given) => { scope = given; },
    get: async () => {
      const [apputils, coreutils, launcher, notebook, services, ui] = await Promise.all(
        ["apputils", "coreutils", "launcher", "notebook", "services", "ui-components"].map((name) => shared(`@jupyterlab/${name}`)));
      const has = apputils && coreutils && notebook && services && ui;
      const plugins = has ? [connect({ apputils, coreutils, launcher, notebook, services, ui })] : [];
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
