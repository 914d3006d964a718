/** Counts since the runtime was made. All of them are deterministic but `gcRuns` and what it frees. */
export interface RuntimeStats {
  /** Objects that own a storage: released neither by hand nor by the garbage collector. */
  readonly liveOwners: number;
  /** Bytes of storages that somebody still references, written or not. */
  readonly liveBytes: number;
  /** The largest `liveBytes` seen since the last `resetPeaks()`. */
  readonly peakLiveBytes: number;
  /** Bytes of the pool's GPU buffers, in use and idle. */
  readonly poolBytes: number;
  /** The largest `poolBytes` seen since the last `resetPeaks()`. */
  readonly peakBytes: number;
  /** Bytes of the buffers that results are read back through. */
  readonly readbackBytes: number;
  readonly buffersCreated: number;
  readonly bindGroupsCreated: number;
  readonly pipelinesCreated: number;
  readonly submits: number;
  readonly dispatches: number;
  readonly reads: number;
  /** How often a loop without known count was asked whether it has ended. */
  readonly loopChecks: number;
  readonly writes: number;
  readonly calls: number;
  readonly gcRuns: number;
}

/** Where the parts of the runtime count. */
export class Counters {
  buffersCreated = 0;
  bindGroupsCreated = 0;
  pipelinesCreated = 0;
  submits = 0;
  dispatches = 0;
  reads = 0;
  loopChecks = 0;
  writes = 0;
  calls = 0;
  gcRuns = 0;
  poolBytes = 0;
  peakBytes = 0;
  readbackBytes = 0;

  addPoolBytes(bytes: number): void {
    this.poolBytes += bytes;
    if (this.poolBytes > this.peakBytes) this.peakBytes = this.poolBytes;
  }
}
