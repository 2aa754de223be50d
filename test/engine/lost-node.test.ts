import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConnectionLost, isNodeLost, translatePostgresError } from '../../src/engine/postgres/errors.ts';
import type { FlashcaseError } from '../../src/errors/index.ts';

const said = (code: string, message: string, where?: string) => Object.assign(new Error(message), { code, where });
const codeOf = (error: Error): string => (translatePostgresError(error, 'here') as FlashcaseError).code;

test('what a Citus coordinator says of a lost node is a 503, of a lost commit an unknown write; the connection to it stays', () => {
  const lost = [
    said('08006', 'connection to the remote node postgres@10.0.0.7:5432 failed with the following error: Connection refused'),
    said('08006', 'could not establish any connections to the node 10.0.0.7:5432 after 30000 ms'),
    said('08006', 'connection establishment for node 10.0.0.7:5432 failed'),
    said('XX000', 'failure on connection marked as essential: 10.0.0.7:5432'),
    said('57P01', 'terminating connection due to administrator command', 'while executing command on 10.0.0.7:5432'),
  ];
  for (const error of lost) {
    assert.equal(codeOf(error), 'FC_DB_UNREACHABLE', error.message);
    assert.equal(isNodeLost(error), true, error.message);
    assert.equal(isConnectionLost(error), false, error.message);
  }
  const unknown = said('XX000', 'could not commit transaction for shard 102060 on at least one active node');
  assert.equal(codeOf(unknown), 'FC_DB_WRITE_UNKNOWN');
  assert.equal(isNodeLost(unknown), true);
  assert.equal(isConnectionLost(unknown), false);
});

test('other errors with the same codes are what they were', () => {
  assert.equal(codeOf(said('XX000', 'cache lookup failed for relation 16401')), 'FC_DB_FAILED');
  const cut = said('57P01', 'terminating connection due to administrator command');
  assert.equal(codeOf(cut), 'FC_DB_UNREACHABLE');
  assert.equal(isNodeLost(cut), false);
  assert.equal(isConnectionLost(cut), true);
  assert.equal(
    isConnectionLost(said('57P01', 'terminating connection due to administrator command', 'SQL statement "SELECT 1"')),
    true,
  );
});
