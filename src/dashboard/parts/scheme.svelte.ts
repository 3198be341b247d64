import { DARK, LIGHT, type Palette } from '../picture/colours.js';

/** Light or dark, as the reader's system has it now. */
class Scheme {
  dark = $state(false);

  constructor() {
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    this.dark = query.matches;
    query.addEventListener('change', () => {
      this.dark = query.matches;
    });
  }

  get palette(): Palette {
    return this.dark ? DARK : LIGHT;
  }
}

export const scheme = new Scheme();
