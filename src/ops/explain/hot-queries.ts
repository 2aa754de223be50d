// Each store declares its queries when it is loaded.
import '../../db/stores/auth-sessions.ts';
import '../../db/stores/cards.ts';
import '../../db/stores/deck-listings.ts';
import '../../db/stores/decks.ts';
import '../../db/stores/review-counts.ts';
import '../../db/stores/study-queue.ts';
import '../../db/stores/study-settings.ts';
import '../../db/stores/study.ts';

/** Every query of a hot path, by its name. */
export { type HotQuery, hotQueries } from '../../db/precompiled.ts';
