// Only in the demonstration: act as one of its people.
const bar = document.getElementById("sign-in");
const told = bar.querySelector("output");

async function act(button) {
  if (button.value) {
    const answer = await fetch("/schema/demonstration/sign-in", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ person: button.value })
    });
    if (!answer.ok) throw new Error(`signing in was refused (${answer.status})`);
    window.ui.preauthorizeApiKey("access_token", (await answer.json()).access_token);
  } else {
    window.ui.authActions.logout(["access_token"]);
  }
  for (const each of bar.querySelectorAll("button")) each.setAttribute("aria-pressed", each === button);
  told.textContent = "";
}

for (const button of bar.querySelectorAll("button")) {
  button.addEventListener("click", () => act(button).catch(error => { told.textContent = error.message; }));
}
