/**
 * The thing itself: coins on a bench, each of which a machine turns over now and then. Replace this file by what talks to
 * yours: a serial port, a socket, a card. It knows nothing of relaxd.
 *
 * A coin is taken up at random times, once a unit of time on average, and put down with the side +1 up with probability
 * 1 / (1 + exp(−2h/T)): heat-bath dynamics of a spin in the field h. What it was before makes no difference, so after a time t it
 * is still untouched with probability exp(−t), and drawn anew otherwise.
 */
export class CoinBench {
  #jammed = false;

  /** @param {number} coins how many there are */
  constructor(coins) {
    this.coins = coins;
  }

  get serial() {
    return `coin-bench-${this.coins}`;
  }
  get jammed() {
    return this.#jammed;
  }

  /** The machine gets stuck, or is freed. @param {boolean} jammed */
  jam(jammed) {
    this.#jammed = jammed;
  }

  /** Nothing is taken up any more, whatever was under way. */
  rest() {}

  /**
   * Lets a time go by.
   *
   * @param {Int8Array} state ±1 of each coin, changed
   * @param {ArrayLike<number>} fields of each coin
   * @param {number} temperature
   * @param {number} time in units of the mean time between two turns of a coin
   * @param {() => number} draw uniform in [0, 1)
   * @throws Error where the machine is stuck
   */
  wait(state, fields, temperature, time, draw) {
    if (this.#jammed) throw new Error('the machine is stuck with a coin in its hand');
    const untouched = Math.exp(-time);
    for (let i = 0; i < state.length; i++) {
      if (draw() < untouched) continue;
      state[i] = draw() < 1 / (1 + Math.exp((-2 * fields[i]) / temperature)) ? 1 : -1;
    }
  }
}
