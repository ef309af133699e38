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
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(address);
    say("Adressen är kopierad.");
    button.textContent = "Kopierad";
  });
  return [" ", button];
}
