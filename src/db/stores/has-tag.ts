import type { ExpressionBuilder } from 'kysely';
import type { FlashcaseTables } from '../../schema/flashcase.ts';

/** A condition on `card`: its note has one of these tags, or one below it (`law::torts` is below `law`). */
export function hasTag(eb: ExpressionBuilder<FlashcaseTables, 'card'>, tags: readonly string[]) {
  return eb.exists(
    eb
      .selectFrom('note_tag')
      .select('note_tag.note_id')
      .whereRef('note_tag.note_id', '=', 'card.note_id')
      .where((tag) =>
        tag.or(
          tags.flatMap((name) => [
            tag('note_tag.tag', '=', name),
            // All texts that begin with `name::`: the next character after a colon is a semicolon.
            tag.and([tag('note_tag.tag', '>=', `${name}::`), tag('note_tag.tag', '<', `${name}:;`)]),
          ]),
        ),
      ),
  );
}
