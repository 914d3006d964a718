import { losses } from "../run.js";

const place = document.querySelector("#losses")!;
try {
  place.textContent = JSON.stringify(await losses(10));
} catch (error) {
  place.textContent = String(error);
}
