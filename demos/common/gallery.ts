import { highlight } from "./highlight.ts";
import { missing, notice } from "./notice.ts";

for (const code of document.querySelectorAll(".code code")) {
  code.replaceChildren(...highlight(code.textContent ?? ""));
}

// Said here already, before a visitor has gone to a demo in vain.
void missing().then((advice) => {
  if (advice) document.querySelector("#demos")?.before(notice(advice));
});
