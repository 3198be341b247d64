import type { DeviceEventName, DeviceEvents, DeviceListener } from './device.js';

/** The listeners of one device. `emit` waits for those that return a promise. */
export class DeviceEventSource {
  private readonly listeners = new Map<DeviceEventName, Set<DeviceListener<never>>>();

  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void {
    let set = this.listeners.get(event);
    if (set === undefined) this.listeners.set(event, (set = new Set()));
    set.add(listener);
    return () => set.delete(listener);
  }

  async emit<E extends DeviceEventName>(event: E, value: DeviceEvents[E]): Promise<void> {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      await (listener as DeviceListener<E>)(value);
    }
  }
}
