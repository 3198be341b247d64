/** Listeners by event name. One that throws does not keep the others from hearing; what it threw goes to `failed`. */
export class Listeners<Events extends object> {
  private readonly sets = new Map<keyof Events, Set<(event: never) => void>>();

  constructor(private readonly failed: (event: keyof Events, error: unknown) => void) {}

  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void {
    let set = this.sets.get(event);
    if (set === undefined) this.sets.set(event, (set = new Set()));
    set.add(listener);
    return () => set.delete(listener);
  }

  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    for (const listener of [...(this.sets.get(event) ?? [])]) {
      try {
        (listener as (value: Events[E]) => void)(value);
      } catch (error) {
        this.failed(event, error);
      }
    }
  }
}
