// An e-mail address takes the place of its button. Without this script the same POST opens a page.
const form = document.getElementById("epost");
const say = (text) => { document.getElementById("epost-status").textContent = text; };

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button?.classList.contains("reveal")) return;
  event.preventDefault();
  button.disabled = true;
  try {
    const response = await fetch(button.formAction, { method: "POST" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const link = page.getElementById("adress");
    link.removeAttribute("id");
    button.replaceWith(link, ...copyButton(link.textContent));
    link.focus();
    say(`E-postadressen är ${link.textContent}`);
  } catch {
    button.disabled = false;
    form.action = button.formAction;
    form.submit(); // the page says what is the matter
  }
});

function copyButton(address) {
  if (!navigator.clipboard) return [];
  const button = document.createElement("button");
  button.className = "quiet copy";
  button.textContent = "Kopiera";
  copyOnClick(button, address);
  return [" ", button];
}

function copyOnClick(button, text) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    say("Adressen är kopierad.");
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
