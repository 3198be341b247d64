/**
 * The campaigns, in full: `npm run campaign -- [link|kills|nodes|viewers|api|disk] [options]`; the board link's where none is named. Each script says what it
 * proves and takes.
 */
const CAMPAIGNS = ['link', 'kills', 'nodes', 'viewers', 'api', 'disk'];
const [, , first = ''] = process.argv;
const isNamed = first !== '' && !first.startsWith('-');
if (isNamed && !CAMPAIGNS.includes(first)) {
  console.error(`campaign: '${first}' is none of ${CAMPAIGNS.join(', ')}`);
  process.exit(2);
}
if (isNamed) process.argv.splice(2, 1);
await import(`./campaign-${isNamed ? first : 'link'}.mjs`);
