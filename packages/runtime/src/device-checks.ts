/**
 * Puts what is rarely done (creating, submitting) under error scopes and gathers their answers, which come
 * later: no error of the device stays unseen.
 */
export class DeviceChecks {
  readonly #device: GPUDevice;
  #answers: Promise<GPUError | null>[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  run<T>(filter: GPUErrorFilter, make: () => T): T {
    this.#device.pushErrorScope(filter);
    try {
      return make();
    } finally {
      // A lost device rejects; its loss is reported by itself.
      this.#answers.push(this.#device.popErrorScope().catch(() => null));
    }
  }

  /** The first error of all that was run since the last call of this method. */
  async verdict(): Promise<GPUError | undefined> {
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers) {
      const error = await answer;
      if (error) return error;
    }
    return undefined;
  }
}
