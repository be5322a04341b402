import type { Fault } from '@/market/fault.ts';
import { assertNever } from '@/market/result.ts';
import { venueName } from '@/market/venue-name.ts';
import type { Command, DemoSettings, Endpoint, Wanted } from '@/protocol/command.ts';
import { type Frame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { HealthReply, Reply } from '@/protocol/reply.ts';
import { deskStore, mergeNeeds, notify, setLink, withdrawNotice } from '@/store/desk-store.ts';
import type { FeedPort } from '@/store/feed-port.ts';
import { applyReport, healthStore } from '@/store/health-store.ts';
import { applyBackfill, applyFrame, beginWorker, retainInstruments } from '@/store/market-store.ts';
import { markHeard } from '@/store/status-source.ts';
import { faultCause, faultSentence, plainText } from '@/ui/fault-sentence.ts';
import { clockText, pageNow } from '@/ui/page-clock.ts';
import { BUILD_ID } from './build-id.ts';
import { PaintLedger, type PaintStats } from './paint-ledger.ts';
import { Requests } from './requests.ts';
import { SleepWatch } from './sleep-watch.ts';
import { PING_MS, Supervisor, type Verdict } from './supervisor.ts';
import type { SpawnWorker, WorkerPort } from './worker-port.ts';

/** What the link measured of itself. */
export interface LinkStats extends PaintStats {
  readonly health: HealthReply | null;
}

export interface FeedLinkOptions {
  readonly view: Window;
  readonly spawn: SpawnWorker;
  readonly endpoints: readonly Endpoint[];
  readonly demo: DemoSettings;
  readonly isVisible: boolean;
  readonly isOnline: boolean;
  /** Load the page again, once, because page and worker are of different builds. False: that was done already. */
  readonly reloadOnce: () => boolean;
}

/** How long the news of a restart stays on screen. */
const NEWS_MS = 15_000;

/**
 * The page's end of the thread boundary: it holds the worker, says what is wanted, applies what comes, has the credit
 * returned when a frame is painted, and replaces the worker when it is lost.
 */
export class FeedLink implements FeedPort {
  private worker: WorkerPort | null = null;
  private readonly supervisor = new Supervisor(pageNow());
  private readonly requests = new Requests();
  private readonly ledger: PaintLedger;
  private readonly disposals: (() => void)[] = [];
  private health: HealthReply | null = null;
  private restarts = 0;
  private wanted: readonly Wanted[] = [];
  private wantedText = '';
  private isReady = false;
  private isQueued = false;
  private isVisible: boolean;
  private isOnline: boolean;
  private readonly sleep: SleepWatch;

  constructor(private readonly options: FeedLinkOptions) {
    this.isVisible = options.isVisible;
    this.isOnline = options.isOnline;
    this.sleep = new SleepWatch({
      view: options.view,
      isVisible: () => this.isVisible,
      ask: (id) => {
        this.post({ kind: 'ping', id });
        return this.isReady;
      },
      announce: () => this.ledger.announce(),
    });
    this.reconcile();
    this.spawn();
    this.ledger = new PaintLedger(
      options.view,
      this.isVisible,
      (credit) => this.post({ kind: 'credit', credit }),
      () => this.sleep.look(),
    );
    const beat = setInterval(() => this.handleBeat(), PING_MS);
    this.disposals.push(
      deskStore.subscribe(() => this.queueWanted()),
      healthStore.subscribe((now, before) => {
        if (now.watchers > 0 !== before.watchers > 0) this.askHealth();
      }),
      () => clearInterval(beat),
      () => this.ledger.dispose(),
    );
  }

  /** Hear of every frame: after it was painted, or, when the page is hidden, after it was stored. */
  onFrame(listener: (isPainted: boolean) => void): () => void {
    return this.ledger.onFrame(listener);
  }

  stats(): LinkStats {
    return { ...this.ledger.stats(), health: this.health };
  }

  /** The page was shown or hidden. */
  setVisible(isVisible: boolean): void {
    if (isVisible === this.isVisible) return;
    this.isVisible = isVisible;
    this.supervisor.watch(isVisible, pageNow());
    this.post({ kind: 'visible', visible: isVisible });
    this.ledger.setVisible(isVisible);
    this.sleep.shown();
  }

  setOnline(isOnline: boolean): void {
    this.isOnline = isOnline;
    this.post({ kind: 'network', online: isOnline });
  }

  /** The page slept and woke up: nothing it knew is current. */
  resume(): void {
    this.supervisor.watch(this.isVisible, pageNow());
    this.post({ kind: 'resume' });
    this.sleep.begin();
  }

  /** The page is about to be frozen. */
  freeze(): void {
    this.supervisor.watch(false, pageNow());
  }

  /** The user asks for a new worker. */
  restart(): void {
    this.follow(this.supervisor.restart(pageNow()));
  }

  async backfill(...[instrument, interval, before, limit]: Parameters<FeedPort['backfill']>): Promise<void> {
    const reply = await this.ask('backfilled', { kind: 'backfill', instrument, interval, before, limit });
    applyBackfill(reply);
  }

  prints(...[instrument, before, limit]: Parameters<FeedPort['prints']>): ReturnType<FeedPort['prints']> {
    return this.ask('printed', { kind: 'prints', instrument, before, limit });
  }

  async catalogue(...[venue]: Parameters<FeedPort['catalogue']>): ReturnType<FeedPort['catalogue']> {
    return (await this.ask('catalogue', { kind: 'catalogue', venue })).entries;
  }

  digest(...[instrument]: Parameters<FeedPort['digest']>): ReturnType<FeedPort['digest']> {
    return this.ask('digest', { kind: 'digest', instrument });
  }

  retry(...[instrument]: Parameters<FeedPort['retry']>): void {
    this.post({ kind: 'retry', instrument });
  }

  dispose(): void {
    for (const dispose of this.disposals) dispose();
    this.worker?.terminate();
    this.worker = null;
    this.requests.refuseAll('The page is closing.');
  }

  private ask<K extends 'backfilled' | 'printed' | 'catalogue' | 'digest'>(
    kind: K,
    question: Question,
  ): Promise<Extract<Reply, { readonly kind: K }>> {
    if (!this.isReady) return Promise.reject(new Error('The data engine is not running.'));
    return this.requests.ask(kind, (id) => this.post({ ...question, id }));
  }

  /** Commands to a worker that has not begun are dropped: its start message says everything. */
  private post(command: Command): void {
    if (this.isReady) this.worker?.post(command);
  }

  private spawn(): void {
    this.isReady = false;
    let isCurrent = true;
    const worker = this.options.spawn({
      reply: (reply) => {
        if (isCurrent) this.handle(reply);
      },
      failed: (message) => {
        if (isCurrent) this.handleFailure(message);
      },
      garbled: () => {
        if (isCurrent) this.supervisor.garbled();
      },
    });
    this.worker = {
      post: (command) => worker.post(command),
      terminate: () => {
        isCurrent = false;
        worker.terminate();
      },
    };
  }

  private handle(reply: Reply): void {
    this.sleep.look();
    markHeard(pageNow());
    this.supervisor.heard();
    switch (reply.kind) {
      case 'frame':
        this.take(this.withoutStrays(reply));
        break;
      case 'ready':
        this.begin(reply);
        break;
      case 'health':
        this.health = reply;
        break;
      case 'report':
        applyReport(reply);
        break;
      case 'pong':
        this.sleep.answered(reply.id);
        break;
      case 'refused':
        this.requests.refuse(reply.id, refusalSentence(reply.fault));
        break;
      case 'fault':
        this.report(reply.fault);
        break;
      case 'backfilled':
      case 'printed':
      case 'catalogue':
      case 'digest':
        this.requests.answer(reply);
        break;
      default:
        assertNever(reply);
    }
  }

  private begin(reply: Extract<Reply, { kind: 'ready' }>): void {
    if (reply.version !== PROTOCOL_VERSION || reply.buildId !== BUILD_ID) {
      this.handleMismatch();
      return;
    }
    this.supervisor.ready();
    this.isReady = true;
    this.reconcile();
    const { endpoints, demo } = this.options;
    this.post({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: BUILD_ID,
      endpoints,
      extraHosts: [],
      demo,
      wanted: this.wanted,
      credit: this.ledger.nextCredit(),
      visible: this.isVisible,
      online: this.isOnline,
    });
    if (healthStore.getState().watchers > 0) this.askHealth();
    const { link } = deskStore.getState();
    setLink({ ...link, state: 'running' });
    withdrawNotice('worker');
    if (link.state === 'restarting') this.announceRestart(link.restartedAt);
  }

  private announceRestart(at: number): void {
    const key = 'worker-restarted';
    notify({ key, severity: 'warn', text: `Data engine restarted ${clockText(at)}` });
    setTimeout(() => withdrawNotice(key), NEWS_MS);
  }

  private handleMismatch(): void {
    if (this.options.reloadOnce()) return;
    this.supervisor.retire();
    this.worker?.terminate();
    this.worker = null;
    setLink({ ...deskStore.getState().link, state: 'stopped' });
    notify({
      key: 'worker',
      severity: 'error',
      text: 'This page and its data engine are of different releases. Reload the page to go on.',
      action: { label: 'Reload', run: () => this.options.view.location.reload() },
    });
  }

  private handleFailure(message: string): void {
    if (!this.supervisor.failed()) return;
    this.post({ kind: 'ping', id: 0 });
    const reason = plainText(message).slice(0, 160);
    notify({ key: 'worker-fault', severity: 'warn', text: `The data engine dropped a message: ${reason}` });
  }

  private report(fault: Fault): void {
    notify({ key: 'worker-fault', severity: 'warn', text: faultSentence(fault, pageNow()) });
  }

  private take(frame: Frame): void {
    this.ledger.take(frame, (news) => applyFrame(this.sleep.through(news)));
  }

  private handleBeat(): void {
    this.sleep.look();
    this.ledger.measure();
    this.follow(this.supervisor.tick(pageNow()));
  }

  private follow(verdict: Verdict | null): void {
    if (verdict?.do === 'ping') this.post({ kind: 'ping', id: verdict.id });
    else if (verdict?.do === 'respawn') this.respawn();
    else if (verdict?.do === 'stop') this.stop();
  }

  private respawn(): void {
    const now = pageNow();
    this.abandon(now);
    this.restarts++;
    setLink({ state: 'restarting', restarts: this.restarts, restartedAt: now });
    this.spawn();
  }

  private stop(): void {
    this.abandon(pageNow());
    setLink({ ...deskStore.getState().link, state: 'stopped' });
    notify({
      key: 'worker',
      severity: 'error',
      text: 'The data engine failed six times in ten minutes and is stopped. Nothing shown is current.',
      action: { label: 'Restart', run: () => this.restart() },
    });
  }

  private abandon(now: number): void {
    this.worker?.terminate();
    this.worker = null;
    this.isReady = false;
    this.health = null;
    this.requests.refuseAll('The data engine was restarted before it could answer.');
    this.sleep.forget();
    beginWorker(now);
    this.ledger.forget();
  }

  private askHealth(): void {
    this.post({ kind: 'health', wanted: healthStore.getState().watchers > 0 });
  }

  private queueWanted(): void {
    if (this.isQueued) return;
    this.isQueued = true;
    queueMicrotask(() => {
      this.isQueued = false;
      if (this.reconcile()) this.post({ kind: 'wanted', wanted: this.wanted });
    });
  }

  /** Compare what the desk wants with what was said last; forget what it wants no more. */
  private reconcile(): boolean {
    const wanted = mergeNeeds(deskStore.getState());
    const text = JSON.stringify(wanted);
    if (text === this.wantedText) return false;
    this.wanted = wanted;
    this.wantedText = text;
    retainInstruments(new Set(wanted.map(({ instrument }) => instrument)));
    return true;
  }

  /** A frame may have been under way when its instrument was closed. */
  private withoutStrays(frame: Frame): Frame {
    const isWanted = ({ id }: { readonly id: string }): boolean =>
      this.wanted.some(({ instrument }) => instrument === id);
    return frame.instruments.every(isWanted) ? frame : { ...frame, instruments: frame.instruments.filter(isWanted) };
  }
}

/** There being no data is for each question something else, so its detail says it. */
function refusalSentence(fault: Fault): string {
  if (fault.kind !== 'no-data' || fault.detail === '') return faultCause(fault);
  return `${fault.instrument ?? venueName(fault.venue)}: ${plainText(fault.detail)}.`;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
/** A command that asks for an answer, before it has its number. */
type Question = WithoutId<Extract<Command, { readonly kind: 'backfill' | 'prints' | 'catalogue' | 'digest' }>>;
