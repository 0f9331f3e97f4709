// The summary as PDF: for whom, the button that makes it, and where it is then.
function summaryMaker(form, { text, chosen }) {
  const { spec, ask } = form;
  const label = newId();
  const help = newId();
  const about = h("p", { class: "pk-help", id: help });
  const whom = h("select", { class: "pk-input pk-select", id: label, "aria-describedby": help },
    spec.audiences.map(({ id, title }) => h("option", { value: id }, title)));
  const secret = newId();
  const password = h("input", { type: "password", class: "pk-input pk-select", id: secret, autocomplete: "new-password", maxLength: 127 });
  const again = h("input", { type: "password", class: "pk-input pk-select", autocomplete: "new-password", maxLength: 127, "aria-label": "The password again", placeholder: "once more" });
  again.hidden = true;
  password.addEventListener("input", () => { again.hidden = !password.value; if (!password.value) again.value = ""; });
  const note = status();
  const made = h("span", { class: "pk-made-pdf" });
  const explain = () => { about.textContent = spec.audiences.find(({ id }) => id === whom.value).about; };
  const forget = () => { note.textContent = ""; made.replaceChildren(); };
  whom.addEventListener("change", () => {
    explain();
    forget();
    chosen?.(whom.value);
  });
  const make = button(text, async () => {
    const audience = whom.value;
    if (password.value !== again.value) { note.textContent = "The two passwords differ. Type the same one twice."; again.focus(); return; }
    note.textContent = "Making it…";
    made.replaceChildren();
    make.disabled = true;
    const reply = await ask({ do: "make_summary", audience, password: password.value }, note, SLOW);
    make.disabled = false;
    make.focus();
    if (!reply.ok) { note.textContent = reply.error; return; }
    note.textContent = `Made ${clockTime()}.${password.value ? " It opens with your password alone; keep it somewhere." : ""}`;
    password.value = again.value = "";
    again.hidden = true;
    made.replaceChildren(link(`Open ${reply.done.name}`, reply.done.href, { target: "_blank", rel: "noopener" }));
  });
  explain();
  return {
    element: h("div", { class: "pk-summary" },
      h("div", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: label }, "For whom"), whom, make), about,
      h("div", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: secret }, "Password, if you like"), password, again),
      h("div", { class: "pk-row" }, note, made)),
    audience: () => whom.value,
    forget,
    choose: (audience) => { whom.value = audience; explain(); },
  };
}
