// Pictures of digits without a download: the browser's own letters, turned, moved and blurred.

export const SIZE = 28;
const FONTS = ["sans-serif", "serif", "monospace"];

const canvas = document.createElement("canvas");
canvas.width = canvas.height = SIZE;
const context = canvas.getContext("2d", { willReadFrequently: true });

/** `x`: count pictures of 784 numbers from 0 to 1, row after row; `y`: the digits. */
export function batchOf(count) {
  const x = new Float32Array(count * SIZE * SIZE);
  const y = Int32Array.from({ length: count }, () => Math.floor(10 * Math.random()));
  y.forEach((digit, k) => {
    const { data } = draw(digit);
    for (let at = 0; at < SIZE * SIZE; at++) x[k * SIZE * SIZE + at] = data[4 * at] / 255;
  });
  return { x, y };
}

function draw(digit) {
  const spread = (width) => width * (Math.random() - 0.5);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "black";
  context.fillRect(0, 0, SIZE, SIZE);
  context.translate(SIZE / 2 + spread(4), SIZE / 2 + spread(4));
  context.rotate(spread(0.5));
  context.fillStyle = "white";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${20 + spread(6)}px ${FONTS[Math.floor(FONTS.length * Math.random())]}`;
  context.fillText(String(digit), 0, 1);
  return context.getImageData(0, 0, SIZE, SIZE);
}

/** He and others (2015): spread so that activations keep their size from layer to layer. */
export function initialLayers(sizes = [SIZE * SIZE, 64, 10]) {
  return sizes.slice(1).map((outputs, i) => {
    const scale = Math.sqrt(2 / sizes[i]);
    return {
      w: Float32Array.from({ length: sizes[i] * outputs }, () => scale * gaussian()),
      b: new Float32Array(outputs),
    };
  });
}

/** Box and Muller (1958). */
function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
