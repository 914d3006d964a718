import { currentRecorder, type Recorder, swapRecorder } from "@weftjs/ir";

/** Whose ops are recorded in its windows. */
export interface WindowOwner {
  /** Null once it takes no more. */
  recorder(): Recorder | null;
  /** Changes when something was recorded. */
  progress(): number;
  /** Before its code runs. */
  entering(): void;
  /** Before other code runs. */
  leaving(): void;
}

/** Windows that may follow one another while nothing is recorded in them: the hops of a chain of promises. */
const MOST_IDLE = 32;

const DONE = Promise.resolve();

/** The windows that are open, innermost last, and what is in force outside of all; part of the one recording scope. */
const active: Window[] = [];
let outside: Recorder | null = null;

/**
 * Where the code of one traced call runs that is waiting for promises. The language gives no hook at an `await`, but
 * its queue of microtasks keeps its order. So what a piece of code puts into the queue stands between what is put there
 * right before it and right after it: two microtasks of ours, which open a window and close it. What the code in
 * the window queues in turn runs in a window that follows, and so on. Thus a recorder is in force in whatever the
 * owner's code caused, through helper functions and `Promise.all`, and in nothing else. What comes from
 * elsewhere (a timer, a fetch) causes a continuation that no window sees.
 */
export class Windows {
  private idle = 0;

  constructor(readonly owner: WindowOwner) {}

  /** Runs code of the owner's, now. */
  run<T>(body: () => T): T {
    this.idle = 0;
    const window = new Window(this);
    window.open();
    try {
      return body();
    } finally {
      window.close();
    }
  }

  /** What is caused in this window goes into the one that it gives, if it was not the last. */
  follow(): Window | null {
    return this.idle++ < MOST_IDLE ? new Window(this) : null;
  }

  noteProgress(): void {
    this.idle = 0;
  }
}

class Window {
  private isOpen = false;
  private next: Window | null = null;
  private progress = 0;

  constructor(private readonly windows: Windows) {}

  open(): void {
    const { owner } = this.windows;
    if (owner.recorder() === null) return;
    if (active.length === 0) outside = currentRecorder();
    active.push(this);
    this.isOpen = true;
    this.progress = owner.progress();
    refreshRecorder();
    owner.entering();
    this.next = this.windows.follow();
    this.next?.queueOpen();
  }

  close(): void {
    if (!this.isOpen) return;
    const { owner } = this.windows;
    this.isOpen = false;
    active.splice(active.lastIndexOf(this), 1);
    if (owner.progress() !== this.progress) this.windows.noteProgress();
    owner.leaving();
    refreshRecorder();
    this.next?.queueClose();
  }

  recorder(): Recorder | null {
    return this.windows.owner.recorder();
  }

  private queueOpen(): void {
    void DONE.then(() => this.open());
  }

  private queueClose(): void {
    void DONE.then(() => this.close());
  }
}

/** Puts in force what the innermost window wants, now that something has changed. */
export function refreshRecorder(): void {
  if (active.length === 0 && outside === null) return;
  const wanted = active.findLast((window) => window.recorder() !== null)?.recorder() ?? outside;
  if (active.length === 0) outside = null;
  swapRecorder(wanted);
}
