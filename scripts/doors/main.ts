import { readFileSync, writeFileSync } from 'node:fs';
import { deriveOverrides, type Override } from './lint-rules';
import { readDoorTables } from './tables';

// Writes the lint rules that follow from docs/ARCHITECTURE.md into biome.json, behind the overrides that are set by hand.
const config = JSON.parse(readFileSync('biome.json', 'utf8')) as { overrides?: Override[] };
const derived = deriveOverrides(readDoorTables(readFileSync('docs/ARCHITECTURE.md', 'utf8')));
const isDoorRule = (override: Override) => {
  const style = override.linter.rules.style ?? {};
  return 'noRestrictedImports' in style || 'noRestrictedGlobals' in style;
};
const byHand = (config.overrides ?? []).filter((override) => !isDoorRule(override));
config.overrides = [...byHand, ...derived];
writeFileSync('biome.json', `${JSON.stringify(config, null, 2)}\n`);
console.log(`biome.json holds ${derived.length} rules from the doors tables.`);
