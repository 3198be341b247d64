import type { SampleSubscription, Stream } from '../api/stream.js';
import { stepDurationsMs } from './pacing.js';
import { ShotTracks, type ShotTrack } from './shot-tracks.js';

/** Shots that are read, so that one can look at several; and those that the replay goes through by itself. */
const READ_SHOTS = 12;
const PLAYED_SHOTS = 4;
/** States of one run that the page keeps. */
const MOST_BYTES = 48e6;
/** Batches on their way at once; each is granted anew only while more is wanted, so that a long run costs nothing. */
const CREDIT = 2;
/** The end of a shot stays for so long. */
const HOLD_MS = 1600;

/**
 * The record of one run, read without loss, and where its replay stands. Several views can share one: what is
 * played in one is played in all.
 */
export class Replay {
  /** Shots that have come; a new list with each batch, though its tracks are the same and grow. */
  tracks = $state.raw<readonly ShotTrack[]>([]);
  /** Place in `tracks`. */
  shotIndex = $state(0);
  /** Readout that is shown. */
  step = $state(0);
  playing = $state(true);
  /** Why the record cannot be read, where that is so. */
  failure = $state<string | null>(null);
  /** Rows that were announced as lost. */
  lost = $state(0);
  sites = $state(0);
  references = $state(0);
  spins = $state(true);

  private readonly gathered = new ShotTracks();
  private subscription: SampleSubscription | null = null;
  private wantsMore = true;
  private durations: { readonly of: ShotTrack; readonly count: number; ms: Float64Array } | null =
    null;
  private shownForMs = 0;
  /** Without motion, the end is what counts. */
  private startAtEnd: boolean;

  constructor(
    readonly run: string,
    stream: Stream,
    autoplay: boolean,
  ) {
    this.playing = autoplay;
    this.subscription = stream.samples(run, CREDIT, {
      onBatch: (batch) => {
        this.gathered.add(batch);
        this.publish();
        if (this.gathered.whole >= READ_SHOTS || this.gathered.bytes >= MOST_BYTES) this.enough();
        else this.subscription?.grant(1);
      },
      onGap: (count) => {
        this.lost += count;
      },
      onEnd: () => {
        if (!this.wantsMore) return;
        this.gathered.finish();
        this.publish();
      },
      onError: (code, message) => {
        this.failure = message === '' ? code : message;
      },
    });
    this.startAtEnd = !autoplay;
  }

  get track(): ShotTrack | null {
    return this.tracks[this.shotIndex] ?? null;
  }

  get lastStep(): number {
    return Math.max(0, (this.track?.t.length ?? 0) - 1);
  }

  close(): void {
    this.wantsMore = false;
    this.subscription?.close();
    this.subscription = null;
  }

  showShot(index: number): void {
    this.shotIndex = Math.max(0, Math.min(this.tracks.length - 1, index));
    this.showStep(0);
  }

  showStep(step: number): void {
    this.step = Math.max(0, Math.min(this.lastStep, step));
    this.shownForMs = 0;
  }

  togglePlay(): void {
    this.playing = !this.playing;
    if (this.playing && this.step === this.lastStep) this.showStep(0);
  }

  /** Lets time pass. */
  advance(elapsedMs: number): void {
    const { track } = this;
    if (!this.playing || track === null || track.t.length === 0) return;
    const ms = this.pace(track);
    this.shownForMs += elapsedMs;
    let { step } = this;
    const last = track.t.length - 1;
    while (step < last && this.shownForMs >= ms[step]!) {
      this.shownForMs -= ms[step]!;
      step++;
    }
    this.step = step;
    if (step < last || !track.whole || this.shownForMs < HOLD_MS) return;
    const played = Math.min(PLAYED_SHOTS, this.tracks.length);
    const next = this.shotIndex + 1;
    // A shot beyond those that are played was chosen by hand: it is shown again.
    this.showShot(this.shotIndex >= played ? this.shotIndex : next >= played ? 0 : next);
  }

  private pace(track: ShotTrack): Float64Array {
    const count = track.t.length;
    if (this.durations?.of !== track || this.durations.count !== count) {
      this.durations = { of: track, count, ms: stepDurationsMs(track) };
    }
    return this.durations.ms;
  }

  private enough(): void {
    // What was cut off in the middle is not shown.
    this.close();
    this.publish();
  }

  private publish(): void {
    const { gathered } = this;
    this.sites = gathered.sites;
    this.references = gathered.references;
    this.spins = gathered.spins;
    const all = gathered.tracks;
    this.tracks = this.wantsMore ? all : all.filter((track) => track.whole);
    if (this.startAtEnd && all[0]?.whole === true) {
      this.startAtEnd = false;
      this.step = all[0].t.length - 1;
    }
  }
}
