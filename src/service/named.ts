import { RelaxdError } from '../core/index.js';

/**
 * The action that a path names.
 *
 * @param whose and the verb: `jobs have`
 * @throws RelaxdError `not-found` with those that there are
 */
export function actionNamed<const A extends string>(
  name: string,
  actions: readonly A[],
  whose: string,
): A {
  const action = actions.find((known) => known === name);
  if (action !== undefined) return action;
  throw new RelaxdError('not-found', `${whose} no action '${name}'`, {
    path: 'action',
    value: name,
    limit: actions,
  });
}

/**
 * The states that a query names, with commas between; none where it names none.
 *
 * @param of what they are: `job`
 * @throws RelaxdError `invalid-input` with those that there are
 */
export function statesNamed<const S extends string>(
  text: string | undefined,
  states: readonly S[],
  of: string,
): S[] {
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    const state = states.find((known) => known === name);
    if (state !== undefined) return state;
    throw new RelaxdError('invalid-input', `state: there is no ${of} state '${name}'`, {
      in: 'querystring',
      path: 'state',
      value: name,
      limit: states,
    });
  });
}
