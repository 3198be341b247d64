import { RelaxdError } from '../core/index.js';
import {
  nextEquipment,
  type EquipmentEvent,
  type EquipmentState,
  type LinkState,
} from './equipment.js';
import type { DeviceEventSource } from './event-source.js';

/** The two states of one device, and why they are what they are. Whoever listens to the device is told each change. */
export class DeviceStatus {
  /** May say more than the last change did. */
  reason: string | null = 'not connected yet';
  private linkState: LinkState = 'offline';
  private equipmentState: EquipmentState = 'safe';

  constructor(
    private readonly device: string,
    private readonly events: DeviceEventSource,
  ) {}

  get link(): LinkState {
    return this.linkState;
  }
  get equipment(): EquipmentState {
    return this.equipmentState;
  }

  /** Tells `offline` again where it is so already: its reason may be another one. */
  async setLink(link: LinkState, reason?: string): Promise<void> {
    if (link === this.linkState && link !== 'offline') return;
    this.linkState = link;
    await this.events.emit('link', { link, ...(reason === undefined ? {} : { reason }) });
  }

  /**
   * Why it is offline stays where the step itself has no reason: a load that the loss of the link has ended ends after it.
   *
   * @throws RelaxdError `illegal-transition`
   */
  async step(event: EquipmentEvent, reason: string | null = null): Promise<void> {
    const equipment = nextEquipment(this.equipmentState, event);
    this.equipmentState = equipment;
    if (reason !== null || this.linkState !== 'offline') this.reason = reason;
    await this.events.emit('equipment', { equipment, ...(reason === null ? {} : { reason }) });
  }

  /** @throws RelaxdError `illegal-transition` where nothing is loaded */
  requireLoaded<T>(loaded: T | null): T {
    if (loaded !== null) return loaded;
    throw this.illegal('has no program loaded', 'load a program first');
  }

  /** @throws RelaxdError `illegal-transition` where there is no run */
  requireRun<T>(run: T | null, what: string): T {
    if (run !== null) return run;
    throw this.illegal(`has no run to ${what}`, 'load, arm, start, then readResult');
  }

  /** @throws RelaxdError `illegal-transition` where no run is under way */
  requireAcquiring<T>(run: T | null, what: string): T {
    if (this.equipmentState === 'acquiring') return this.requireRun(run, what);
    throw this.illegal(`has no run under way to ${what}`, 'load, arm, start');
  }

  private illegal(what: string, hint: string): RelaxdError {
    const state = this.equipmentState;
    return new RelaxdError('illegal-transition', `${this.device} ${what}`, { state, hint });
  }
}
