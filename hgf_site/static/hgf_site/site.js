// An e-mail address takes the place of its button. Without this script the same POST opens a page.
const form = document.getElementById("epost");
const announce = (text) => { document.getElementById("epost-status").textContent = text; };

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button?.classList.contains("reveal")) return;
  event.preventDefault();
  button.disabled = true;
  try {
    const headers = { Accept: "application/json" };
    const { email, mailto } = await (await fetch(button.formAction, { method: "POST", headers })).json();
    const link = document.createElement("a");
    link.href = mailto;
    link.textContent = email;
    button.replaceWith(link, ...copyButton(link.textContent));
    link.focus();
    announce(`E-postadressen är ${link.textContent}`);
  } catch {
    button.disabled = false;
    form.action = button.formAction;
    form.submit(); // the page says what is the matter
  }
});

function copyButton(address) {
  if (!navigator.clipboard) return [];
  const button = document.createElement("button");
  button.className = "link-button copy";
  button.textContent = "Kopiera";
  copyOnClick(button, address);
  return [" ", button];
}

function copyOnClick(button, text) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    announce("Adressen är kopierad.");
    button.textContent = "Kopierad";
  });
}

// What only a script can do stands in the page already, so that nothing moves when it comes to life.
const part = (name) => document.querySelector(`[data-${name}]`);
const copy = part("copy"), share = part("share");
if (copy) navigator.clipboard ? copyOnClick(copy, copy.dataset.copy) : copy.remove();
if (share && !navigator.share) share.remove();
share?.addEventListener("click", () => navigator.share({ title: document.title, url: share.dataset.share }).catch(() => {}));
part("print")?.addEventListener("click", () => print());

// Who comes from the admin finds the way back. The page is the same for all: it is stored, and knows nobody.
if (document.referrer.startsWith(`${location.origin}/admin/`)) {
  const [back, link] = ["p", "a"].map((tag) => document.createElement(tag));
  Object.assign(link, { href: document.referrer, textContent: "Tillbaka till admin" });
  back.append(link);
  document.querySelector("h1")?.parentElement.prepend(back);
}
