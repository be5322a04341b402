const SECONDS = 60;
const MEAN_SECONDS = 5;

/** Messages and bytes a second, from totals that are read once a second: what they count costs nothing more. */
export class RateMeter {
  private readonly messages = new Float64Array(SECONDS);
  private readonly bytes = new Float64Array(SECONDS);
  private seconds = 0;
  private lastMessages = 0;
  private lastBytes = 0;

  /** Read the totals; `elapsedMs` since the reading before. */
  read(messages: number, bytes: number, elapsedMs: number): void {
    const perSecond = elapsedMs > 0 ? 1_000 / elapsedMs : 0;
    const slot = this.seconds++ % SECONDS;
    this.messages[slot] = Math.max(0, messages - this.lastMessages) * perSecond;
    this.bytes[slot] = Math.max(0, bytes - this.lastBytes) * perSecond;
    this.lastMessages = messages;
    this.lastBytes = bytes;
  }

  /** Mean of the last five seconds, and the busiest of the last sixty. */
  rates(): { readonly messages: number; readonly bytes: number; readonly peak: number } {
    const count = Math.min(this.seconds, MEAN_SECONDS);
    let messages = 0;
    let bytes = 0;
    for (let i = 1; i <= count; i++) {
      const slot = (this.seconds - i) % SECONDS;
      messages += this.messages[slot] / count;
      bytes += this.bytes[slot] / count;
    }
    return { messages, bytes, peak: Math.max(...this.messages) };
  }
}
