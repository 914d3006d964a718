// npm run precompiled, in packages/examples: builds dist/mnist-mlp.js and serves this page.
import { batchOf, initialLayers, SIZE } from "./digits.js";
import { load } from "./dist/mnist-mlp.js";

const BATCH = 100;
const STEPS = Number(new URLSearchParams(location.search).get("steps") ?? 200);
const log = document.querySelector("#log");

try {
  await train();
} catch (error) {
  log.textContent = String(error);
}

async function train() {
  const { update, predict, device } = await load();
  let layers = initialLayers();
  const lines = [`on ${device.info.name}`];
  for (let step = 1; step <= STEPS; step++) {
    const { x, y } = batchOf(BATCH);
    const [next, loss] = update(layers, x, y, 0.3);
    layers = next; // On the device: nothing comes back but what is awaited.
    if (step % 20 === 0) {
      lines.push(`step ${step}  loss ${(await loss.item()).toFixed(4)}`);
      log.textContent = lines.join("\n");
    }
  }
  const { x, y } = batchOf(BATCH);
  const answers = digitsIn(await predict(layers, x).data());
  const right = answers.filter((digit, k) => digit === y[k]).length;
  show(x, answers);
  lines.push(`${right} of ${BATCH} new digits are read right`);
  log.textContent = lines.join("\n");
}

/** The likeliest digit of each row of logits. */
function digitsIn(logits) {
  return Array.from({ length: logits.length / 10 }, (_, row) => {
    const scores = logits.subarray(10 * row, 10 * row + 10);
    return scores.indexOf(Math.max(...scores));
  });
}

function show(x, answers) {
  const context = document.querySelector("#digits").getContext("2d");
  for (let k = 0; k < 10; k++) {
    const image = context.createImageData(SIZE, SIZE);
    for (let at = 0; at < SIZE * SIZE; at++) {
      image.data.fill(255 * x[k * SIZE * SIZE + at], 4 * at, 4 * at + 3);
      image.data[4 * at + 3] = 255;
    }
    context.putImageData(image, SIZE * k, 0);
  }
  document.querySelector("#answer").textContent = `read as ${answers.slice(0, 10).join(" ")}`;
}
