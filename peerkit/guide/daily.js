// The daily card: today's questions at once, their trend after the first paint. It praises, and does nothing else.
const NO_TREND = "From the second day on, this shows how your answers go, for each question by itself.";
const SAVING_MS = 3000;

// What is drawn of the last weeks: one question each, never one beside another peer's.
function trendOf({ rows, more }) {
  if (!rows.length) return [h("p", { class: "pk-empty" }, NO_TREND)];
  return [
    h("div", { class: "pk-trends" }, rows.map(({ question, words, chart }) =>
      h("figure", {}, h("figcaption", {}, said(question)),
        // As the source of a picture nothing in it can run.
        h("img", { class: "pk-trend", src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(chart)}`, alt: `Chart. ${words}` }),
        h("p", { class: "pk-help", "aria-hidden": "true" }, words)))),
    h("p", { class: "pk-help" }, "Dots are single days; the line is the average of the seven days up to each, where three or more have an answer.",
      more ? ` Of questions you asked before, peerkit daily --trend tells more (${more}).` : ""),
  ];
}

function render({ model, el }) {
  const { ask: send, hush } = talk(model);
  const stops = [hush];
  let drafts = [], isOver = false;
  // What is on its way to the journal: a card is closed when it has arrived.
  const saving = new Set();
  const ask = (message, ...more) => {
    const reply = send(message, ...more);
    if (message.do === "save") { saving.add(reply); reply.then(() => saving.delete(reply)); }
    return reply;
  };
  const on = (names, act) => { model.on(names, act); stops.push(() => model.off(names, act)); act(); };

  const title = h("h2", { class: "pk-title", tabIndex: -1 });
  const day = h("div", { class: "pk-sub" });
  const body = h("div", { class: "pk-body" });
  on("change:spec", () => {
    drafts.forEach((one) => one.stop());
    drafts = [];
    const spec = model.get("spec");
    const form = { model, spec, ask, stops, answer: (key) => model.get("answers")[key] ?? { value: null, revision: 0 } };
    title.replaceChildren(said(spec.title));
    body.replaceChildren(...spec.parts.filter(({ prompts }) => prompts.length).flatMap(({ guidance, prompts }) => [
      h("p", { class: "pk-help pk-about" }, said(guidance)),
      ...prompts.map((prompt) => promptFields(form, prompt, drafts)),
    ]));
  });
  on("change:spec change:is_shared", () => {
    const { day: today, partner } = model.get("spec");
    day.replaceChildren(`${today} · `, ...(model.get("is_shared") ? [said(partner), " may see it"] : ["for you alone"]));
  });
  on("change:answers", () => drafts.forEach((one) => one.arrived()));

  const note = status();
  const done = button("Done for today", async () => {
    drafts.forEach((one) => one.flush());
    note.textContent = "";
    // A kernel that has stopped never answers; the fields say so themselves.
    await Promise.race([Promise.all(saving), new Promise((resolve) => { setTimeout(resolve, SAVING_MS); })]);
    const reply = await ask({ do: "finish" }, note);
    note.textContent = reply.ok ? "" : reply.error;
    if (!reply.ok) return;
    praise.focus();
    fill();
  }, { class: "pk-button pk-main" });
  const praise = h("div", { class: "pk-praise", role: "status", tabIndex: -1 });
  on("change:card", () => {
    const { is_done, praise: words } = model.get("card");
    done.hidden = is_done;
    praise.hidden = !is_done;
    praise.replaceChildren(...(is_done ? [h("p", { class: "pk-day" }, words), h("p", { class: "pk-help" }, "Done for today. You may still change an answer.")] : []));
  });

  const news = status();
  const trend = h("div", { class: "pk-part-body" });
  const heading = newId();
  on("change:trend", () => {
    const { rows, more } = model.get("trend");
    if (rows) trend.replaceChildren(...trendOf({ rows, more }));
  });
  const fill = async () => {
    if (isOver) return;
    if (!trend.childElementCount) news.textContent = "Loading…";
    const reply = await ask({ do: "trend" }, news, SLOW);
    news.textContent = reply.ok ? "" : reply.error;
  };

  const told = status();
  const box = h("input", { type: "checkbox", on: { change: async () => {
    const reply = await ask({ do: "share", is_shared: box.checked }, told);
    told.textContent = reply.ok ? `Saved ${clockTime()}` : reply.error;
    if (!reply.ok) box.checked = model.get("is_shared");
  } } });
  const share = h("div", { class: "pk-sharing" }, h("label", { class: "pk-option" }, box, "My partner may see my cards"),
    h("p", { class: "pk-help" }, "Questions and answers, those before and those to come; never the kind word. You can change your mind at any time."), told);
  on("change:is_shared change:spec", () => { box.checked = model.get("is_shared"); share.hidden = !model.get("spec").partner; });

  const root = h("section", { class: "peerkit peerkit-daily", "aria-label": model.get("spec").title },
    h("header", { class: "pk-head" }, h("div", {}, title, day)), body,
    h("div", { class: "pk-prompt pk-closing" }, h("div", { class: "pk-row" }, done, note), praise),
    h("section", { class: "pk-prompt pk-closing", "aria-labelledby": heading }, h("h3", { class: "pk-part-title", id: heading }, "Your effort over the weeks"), news, trend),
    share);
  el.replaceChildren(root);
  const unguard = guard(root);
  // Two frames later the first paint is done.
  requestAnimationFrame(() => requestAnimationFrame(fill));
  // Whoever comes back tomorrow finds tomorrow's card.
  let isSeen = true;
  const look = (isVisible) => { if (isVisible && !isSeen) ask({ do: "show" }); isSeen = isVisible; };
  const turned = () => look(document.visibilityState === "visible");
  document.addEventListener("visibilitychange", turned);
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => look(isIntersecting));
  watcher.observe(root);
  return () => {
    isOver = true;
    document.removeEventListener("visibilitychange", turned);
    watcher.disconnect();
    drafts.forEach((one) => one.stop());
    stops.forEach((stop) => stop());
    unguard();
  };
}

export default { render };
