/** `count` numbers from the normal distribution with mean 0 and the given deviation, by Box and Muller's rule. */
export function gaussian(count: number, deviation: number, next: () => number): Float32Array {
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    // 1 - u is never 0, so its logarithm is finite.
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    numbers[i] = radius * Math.cos(angle);
    if (i + 1 < count) numbers[i + 1] = radius * Math.sin(angle);
  }
  return numbers;
}
