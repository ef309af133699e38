// Makes a passkey or shows one: gives the browser the options of the page, and sends its answer with the form.
const section = document.getElementById("passkey");
const form = section.querySelector("form");
const failed = form.querySelector(".errorlist");
const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

// base64url by hand: phones from before 2025 lack parseCreationOptionsFromJSON() and toJSON().
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readOptions() {
  const options = JSON.parse(form.dataset.options);
  options.challenge = decode(options.challenge);
  if (options.user) options.user.id = decode(options.user.id);
  for (const known of options.excludeCredentials ?? options.allowCredentials ?? []) known.id = decode(known.id);
  return options;
}

function asJson({ id, rawId, type, response }) {
  const parts = PARTS.filter((name) => response[name]).map((name) => [name, encode(response[name])]);
  const transports = response.getTransports?.();
  return JSON.stringify({ id, rawId: encode(rawId), type, response: { ...Object.fromEntries(parts), transports } });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  failed.hidden = true;
  try {
    const publicKey = readOptions();
    const step = publicKey.user ? "create" : "get";
    form.elements.passkey.value = asJson(await navigator.credentials[step]({ publicKey }));
    form.submit();
  } catch {
    failed.hidden = false; // given up, no such passkey here, or another host name
  }
});
section.hidden = !(navigator.credentials && window.PublicKeyCredential);
