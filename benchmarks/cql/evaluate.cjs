// Evaluates compiled CQL (ELM) over FHIR R4 bundles with the JavaScript engine that the field uses.
//
//   node evaluate.cjs ELM_FOLDER BUNDLE ...
//
// ELM_FOLDER holds `r4/*.json` and `valueset-db.json`. Prints one line of JSON: how many bundles
// were evaluated, how many threw, and the processor seconds of parsing and evaluating them.

const fs = require('fs');
const path = require('path');
const cql = require('cql-execution');
const fhir = require('cql-exec-fhir');

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

// Value sets are named by address in the ELM and by number in the database.
class ByNumber extends cql.CodeService {
  number(id) {
    const found = /ValueSet\/([^|]+)/.exec(id) || /^urn:oid:(.+)$/.exec(id);
    return found ? found[1] : id;
  }
  findValueSetsByOid(id) { return super.findValueSetsByOid(this.number(id)); }
  findValueSet(id, version) { return super.findValueSet(this.number(id), version); }
}

async function main() {
  const [folder, ...bundles] = process.argv.slice(2);
  const elms = fs.readdirSync(path.join(folder, 'r4'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => read(path.join(folder, 'r4', name)));
  const factors = elms.find((elm) => elm.library.identifier.id.startsWith('FactorsToConsider'));
  const library = new cql.Library(factors, new cql.Repository(elms));
  const executor = new cql.Executor(library, new ByNumber(read(path.join(folder, 'valueset-db.json'))));
  let evaluated = 0;
  let threw = 0;
  let expressions = 0;
  const round = async (files) => {
    for (const file of files) {
      const source = fhir.PatientSource.FHIRv401();
      try {
        source.loadBundles([read(file)]);
        const results = await executor.exec(source);
        expressions = Math.max(expressions, ...Object.values(results.patientResults).map((r) => Object.keys(r).length));
        evaluated += 1;
      } catch (error) {
        threw += 1;
      }
    }
  };
  await round(bundles.slice(0, 3)); // first touch
  evaluated = threw = 0;
  const before = process.cpuUsage();
  await round(bundles);
  const used = process.cpuUsage(before);
  console.log(JSON.stringify({ evaluated, threw, expressions, seconds: (used.user + used.system) / 1e6 }));
}

main();
