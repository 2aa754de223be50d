// Generated from the server's OpenAPI description: npm run generate.
export interface paths {
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new account */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: email */
                        email: string;
                        username: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            email: string;
                            username: string;
                            is_active: boolean;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A token for programs */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/x-www-form-urlencoded": {
                        username: string;
                        password: string;
                        /** @enum {string} */
                        grant_type?: "password";
                        scope?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            access_token: string;
                            token_type: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A cookie for the page */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name or email address. */
                        username: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            email: string;
                            username: string;
                            is_active: boolean;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_admin: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Log out: ends the cookie’s or token’s login */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is logged in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            email: string;
                            username: string;
                            is_active: boolean;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_admin: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** A new password; every login of the account ends. The page gets a new cookie, programs log in again */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        current_password: string;
                        new_password: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own and the public decks */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    school?: string;
                    course?: string;
                    professor?: string;
                    year?: number;
                    scope?: "own" | "public";
                    /** @description A part of the name; A to Z are the same as a to z. */
                    search?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            is_public: boolean;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_owner: boolean;
                            card_count: number;
                            /** @description Cards due now, new ones included. */
                            due_count: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** A new deck of one’s own */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        description?: string | null;
                        school?: string | null;
                        course?: string | null;
                        professor?: string | null;
                        year?: number | null;
                        is_public?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            is_public: boolean;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_owner: boolean;
                            card_count: number;
                            /** @description Cards due now, new ones included. */
                            due_count: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own decks one below the other, by the levels of their names (`Law::Torts`), with what each has to study */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                deck: {
                                    /** Format: int64 */
                                    id: number;
                                    name: string;
                                    description: string | null;
                                    is_public: boolean;
                                    school: string | null;
                                    course: string | null;
                                    professor: string | null;
                                    year: number | null;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    created_at: string;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    updated_at: string;
                                    is_owner: boolean;
                                    card_count: number;
                                    /** @description Cards due now, new ones included. */
                                    due_count: number;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    hidden_at: string | null;
                                } | null;
                                /** @description Its last level: `Torts` of `Law::Torts`. */
                                name: string;
                                path: string;
                                /** @description 0 for what is below nothing; whatever follows with a greater depth is below it. */
                                depth: number;
                                total: {
                                    card_count: number;
                                    /** @description The three that follow together. */
                                    due_count: number;
                                    new_count: number;
                                    learning_count: number;
                                    review_count: number;
                                };
                            }[];
                            /** @description There are more than 5,000 decks: some are left out. */
                            is_cut: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A deck, what is above it, and one’s own decks below it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            above: {
                                /** Format: int64 */
                                id: number | null;
                                name: string;
                            }[];
                            nodes: {
                                deck: {
                                    /** Format: int64 */
                                    id: number;
                                    name: string;
                                    description: string | null;
                                    is_public: boolean;
                                    school: string | null;
                                    course: string | null;
                                    professor: string | null;
                                    year: number | null;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    created_at: string;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    updated_at: string;
                                    is_owner: boolean;
                                    card_count: number;
                                    /** @description Cards due now, new ones included. */
                                    due_count: number;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    hidden_at: string | null;
                                } | null;
                                /** @description Its last level: `Torts` of `Law::Torts`. */
                                name: string;
                                path: string;
                                /** @description 0 for what is below nothing; whatever follows with a greater depth is below it. */
                                depth: number;
                                total: {
                                    card_count: number;
                                    /** @description The three that follow together. */
                                    due_count: number;
                                    new_count: number;
                                    learning_count: number;
                                    review_count: number;
                                };
                            }[];
                            is_cut: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One deck */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            is_public: boolean;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_owner: boolean;
                            card_count: number;
                            /** @description Cards due now, new ones included. */
                            due_count: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Change one’s own deck; fields left out or null stay as they are; with its name the decks below it are renamed */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string | null;
                        description?: string | null;
                        school?: string | null;
                        course?: string | null;
                        professor?: string | null;
                        year?: number | null;
                        is_public?: boolean | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            is_public: boolean;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_owner: boolean;
                            card_count: number;
                            /** @description Cards due now, new ones included. */
                            due_count: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Delete one’s own deck */
        delete: {
            parameters: {
                query?: {
                    /** @description With all own decks below it: `Law::Torts` is below `Law`. */
                    below?: boolean;
                };
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/metadata": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cards and reviews of a deck, counted over all who study it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            deck_id: number;
                            card_count: number;
                            total_reviews: number;
                            /** Format: double */
                            average_rating: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_studied: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cards/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cards of one deck, or of all one may read */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            front: string;
                            back: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            /** Format: int64 */
                            note_id: number | null;
                            /** @description Which card of its note this is. */
                            ordinal: number | null;
                            /** @description Sanitised HTML; null where the text says it all. */
                            front_html: string | null;
                            back_html: string | null;
                            /** @description What is to be typed. */
                            answer: string | null;
                            tags: string[];
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** A new card in one’s own deck */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: int64 */
                        deck_id: number;
                        front: string;
                        back: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            front: string;
                            back: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            /** Format: int64 */
                            note_id: number | null;
                            /** @description Which card of its note this is. */
                            ordinal: number | null;
                            /** @description Sanitised HTML; null where the text says it all. */
                            front_html: string | null;
                            back_html: string | null;
                            /** @description What is to be typed. */
                            answer: string | null;
                            tags: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cards/{card_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One card */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            front: string;
                            back: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            /** Format: int64 */
                            note_id: number | null;
                            /** @description Which card of its note this is. */
                            ordinal: number | null;
                            /** @description Sanitised HTML; null where the text says it all. */
                            front_html: string | null;
                            back_html: string | null;
                            /** @description What is to be typed. */
                            answer: string | null;
                            tags: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Change a card of one’s own deck; sides left out or null stay as they are */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        front?: string | null;
                        back?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            front: string;
                            back: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            /** Format: int64 */
                            note_id: number | null;
                            /** @description Which card of its note this is. */
                            ordinal: number | null;
                            /** @description Sanitised HTML; null where the text says it all. */
                            front_html: string | null;
                            back_html: string | null;
                            /** @description What is to be typed. */
                            answer: string | null;
                            tags: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Delete a card of one’s own deck */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notes/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notes of one deck or with one tag, or all one may read, with their cards */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    deck_id?: string;
                    tag?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            type: string;
                            /** Format: int64 */
                            note_type_id: number | null;
                            format: string;
                            fields: {
                                name: string;
                                value: string;
                            }[];
                            tags: string[];
                            guid: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                /** Format: int64 */
                                note_id: number | null;
                                /** @description Which card of its note this is. */
                                ordinal: number | null;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                tags: string[];
                            }[];
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** A new note in one’s own deck, with the cards it makes */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: int64 */
                        deck_id: number;
                        /** @description basic, basic_reversed, typed, cloze, rule_elements, case, image_occlusion, or own with note_type_id. */
                        type: string;
                        fields: {
                            name: string;
                            value: string;
                        }[];
                        /** Format: int64 */
                        note_type_id?: number | null;
                        /** @enum {string} */
                        format?: "text" | "markdown" | "html";
                        tags?: string[];
                        /** @description Its name over imports and exports; made when absent. */
                        guid?: string;
                        /**
                         * Format: int64
                         * @description A card without a note that becomes its first card, with its history.
                         */
                        card_id?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            type: string;
                            /** Format: int64 */
                            note_type_id: number | null;
                            format: string;
                            fields: {
                                name: string;
                                value: string;
                            }[];
                            tags: string[];
                            guid: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                /** Format: int64 */
                                note_id: number | null;
                                /** @description Which card of its note this is. */
                                ordinal: number | null;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                tags: string[];
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notes/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The cards a note would make, what is wrong with it, and what it repeats; nothing is kept */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: int64 */
                        deck_id: number;
                        /** @description basic, basic_reversed, typed, cloze, rule_elements, case, image_occlusion, or own with note_type_id. */
                        type: string;
                        fields: {
                            name: string;
                            value: string;
                        }[];
                        /** Format: int64 */
                        note_type_id?: number | null;
                        /** @enum {string} */
                        format?: "text" | "markdown" | "html";
                        tags?: string[];
                        /**
                         * Format: int64
                         * @description The note that is edited.
                         */
                        note_id?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cards: {
                                ordinal: number;
                                name: string;
                                front: string;
                                back: string;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                            }[];
                            problems: string[];
                            duplicate_notes: number[];
                            duplicate_cards: number[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notes/types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The note types one can choose from: FlashCase’s own, then one’s own */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            type: string;
                            /** Format: int64 */
                            note_type_id: number | null;
                            name: string;
                            kind: string;
                            fields: string[];
                            templates: {
                                name: string;
                                front: string;
                                back: string;
                            }[];
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** A note type of one’s own */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {string} */
                        kind: "standard" | "cloze";
                        fields: string[];
                        templates: {
                            name: string;
                            front: string;
                            back: string;
                        }[];
                        /** @description Kept for exports; the page does not use it. */
                        css?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            type: string;
                            /** Format: int64 */
                            note_type_id: number | null;
                            name: string;
                            kind: string;
                            fields: string[];
                            templates: {
                                name: string;
                                front: string;
                                back: string;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notes/{note_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One note with its cards */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    note_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            type: string;
                            /** Format: int64 */
                            note_type_id: number | null;
                            format: string;
                            fields: {
                                name: string;
                                value: string;
                            }[];
                            tags: string[];
                            guid: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                /** Format: int64 */
                                note_id: number | null;
                                /** @description Which card of its note this is. */
                                ordinal: number | null;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                tags: string[];
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Change a note of one’s own deck and make its cards anew; what is left out stays, fields are given all together */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    note_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: int64 */
                        note_type_id?: number | null;
                        /** @enum {string} */
                        format?: "text" | "markdown" | "html";
                        tags?: string[];
                        /** Format: int64 */
                        deck_id?: number;
                        /** @description basic, basic_reversed, typed, cloze, rule_elements, case, image_occlusion, or own with note_type_id. */
                        type?: string;
                        fields?: {
                            name: string;
                            value: string;
                        }[];
                        /** @description Of the version that was edited: a change that would overwrite another is refused. */
                        updated_at?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            type: string;
                            /** Format: int64 */
                            note_type_id: number | null;
                            format: string;
                            fields: {
                                name: string;
                                value: string;
                            }[];
                            tags: string[];
                            guid: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                /** Format: int64 */
                                note_id: number | null;
                                /** @description Which card of its note this is. */
                                ordinal: number | null;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                tags: string[];
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Delete a note of one’s own deck and its cards */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    note_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tags of one’s own notes, or of one deck */
        get: {
            parameters: {
                query?: {
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            tag: string;
                            note_count: number;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cards and decks one holds that a query finds; the words of queries are in docs/guide/search.md */
        get: {
            parameters: {
                query?: {
                    /** @description Words, "phrases", -not, begin*, deck:NAME, tag:NAME, is:due; empty for all. */
                    q?: string;
                    sort?: "relevance" | "newest" | "oldest" | "edited" | "due";
                    /** @description Cards of a page, never more than 500. */
                    limit?: number;
                    /** @description `next` of the page before. */
                    after?: string;
                    count?: boolean;
                    suggest?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                /** Format: int64 */
                                note_id: number | null;
                                /** @description Which card of its note this is. */
                                ordinal: number | null;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                tags: string[];
                                deck_name: string;
                                is_owner: boolean;
                                review_count: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                next_review: string | null;
                                /** @description Days. */
                                interval: number | null;
                                lapses: number;
                                is_suspended: boolean;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                buried_until: string | null;
                                flag: number;
                            }[];
                            decks: {
                                /** Format: int64 */
                                id: number;
                                name: string;
                            }[];
                            /** @description Found in all, up to 10,000; with count=true only. */
                            count: number | null;
                            /** @description For the next page; null on the last one. */
                            next: string | null;
                            /** @description The query with words that there are, where nothing was found; with suggest=true only. */
                            suggestion: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search/ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ids of all cards that a query finds, in its order: for tables in which one may go to any row */
        get: {
            parameters: {
                query?: {
                    /** @description Words, "phrases", -not, begin*, deck:NAME, tag:NAME, is:due; empty for all. */
                    q?: string;
                    sort?: "relevance" | "newest" | "oldest" | "edited" | "due";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ids: number[];
                            /** @description There are more than 200,000: these are the first. */
                            is_cut: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cards by their ids, in that order; those that are gone or not one’s own to see are left out. Changes nothing */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        ids: number[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                /** Format: int64 */
                                note_id: number | null;
                                /** @description Which card of its note this is. */
                                ordinal: number | null;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                tags: string[];
                                deck_name: string;
                                is_owner: boolean;
                                review_count: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                next_review: string | null;
                                /** @description Days. */
                                interval: number | null;
                                lapses: number;
                                is_suspended: boolean;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                buried_until: string | null;
                                flag: number;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/searches/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The searches one keeps, by their names */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            query: string;
                            sort: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Keep a search under a name */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** @description In the search language, as `q` of GET /search/. */
                        query: string;
                        /**
                         * @default relevance
                         * @enum {string}
                         */
                        sort?: "relevance" | "newest" | "oldest" | "edited" | "due";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            query: string;
                            sort: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/searches/{search_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Give a saved search another name, query or order; what is left out stays */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    search_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string;
                        /** @description In the search language, as `q` of GET /search/. */
                        query?: string;
                        /** @enum {string} */
                        sort?: "relevance" | "newest" | "oldest" | "edited" | "due";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            query: string;
                            sort: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Forget a saved search; no card is touched */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    search_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edit/replace/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What finding and replacing would change in one’s own notes; nothing is kept */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        find: string;
                        replace: string;
                        /**
                         * @description `find` is a regular expression of JavaScript, with flag u; `replace` may have $1, $<name>, $&, $$, \n and \t.
                         * @default false
                         */
                        is_expression?: boolean;
                        /** @default false */
                        matches_case?: boolean;
                        /** @default false */
                        is_whole_words?: boolean;
                        fields?: string[];
                        /** @description All cards that this search finds; or `card_ids`. */
                        q?: string;
                        card_ids?: number[];
                        /** @description `next` of the page before: more of the changes, without the counts. */
                        after?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Notes, and cards without one, that were looked through. */
                            looked_at: number;
                            /** @description Cards of decks of others, which stay as they are. */
                            not_own: number;
                            fields: {
                                name: string;
                                count: number;
                            }[];
                            items: {
                                /** @enum {string} */
                                kind: "note" | "card";
                                /** Format: int64 */
                                id: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                            }[];
                            hits: number;
                            changes: {
                                /** @enum {string} */
                                kind: "note" | "card";
                                /** Format: int64 */
                                id: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                deck_name: string;
                                fields: {
                                    name: string;
                                    stretches: {
                                        text: string;
                                        /** @description What stands in its place afterwards; null where it stays. */
                                        becomes: string | null;
                                    }[];
                                }[];
                            }[];
                            next: string | null;
                            /** @description Those that stay as they are. */
                            left_count: number;
                            left: {
                                /** @enum {string} */
                                kind: "note" | "card";
                                /** Format: int64 */
                                id: number;
                                title: string;
                                reason: string;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edit/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find and replace in the notes of a preview, as one operation; what was changed since the preview stays as it is, and is named */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        find: string;
                        replace: string;
                        /**
                         * @description `find` is a regular expression of JavaScript, with flag u; `replace` may have $1, $<name>, $&, $$, \n and \t.
                         * @default false
                         */
                        is_expression?: boolean;
                        /** @default false */
                        matches_case?: boolean;
                        /** @default false */
                        is_whole_words?: boolean;
                        items: {
                            /** @enum {string} */
                            kind: "note" | "card";
                            /** Format: int64 */
                            id: number;
                            updated_at: string;
                        }[];
                        fields?: string[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            changed: number;
                            hits: number;
                            /** @description Those that stay as they are. */
                            left_count: number;
                            left: {
                                /** @enum {string} */
                                kind: "note" | "card";
                                /** Format: int64 */
                                id: number;
                                title: string;
                                reason: string;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edit/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark, reset, date, tag, move or delete many cards, as one operation; what may not be changed stays, and is counted by reason */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        edit: "suspend" | "unsuspend" | "bury" | "unbury" | "flag" | "reset" | "set_due" | "add_tag" | "remove_tag" | "move" | "delete";
                        /** @description All cards that this search finds; or `card_ids`. */
                        q?: string;
                        card_ids?: number[];
                        /** @description For flag; 0 for none. */
                        flag?: number;
                        /** @description For add_tag and remove_tag. */
                        tag?: string;
                        /**
                         * Format: int64
                         * @description For move.
                         */
                        deck_id?: number;
                        /** @description For set_due: study days from today; 0 for today. */
                        days?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Cards that are as it was wanted. */
                            changed: number;
                            /** @description Those that stay as they are. */
                            left_count: number;
                            reasons: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edit/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notes of one type in one’s own decks whose first fields are the same, in groups */
        get: {
            parameters: {
                query?: {
                    match?: "exact" | "usual" | "loose";
                    skip?: number;
                    /** @description Groups of a page. */
                    limit?: number;
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            group_count: number;
                            note_count: number;
                            groups: {
                                notes: {
                                    /** Format: int64 */
                                    id: number;
                                    /**
                                     * Format: date-time
                                     * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                     */
                                    updated_at: string;
                                    deck_name: string;
                                    type: string;
                                    fields: {
                                        name: string;
                                        /** @description As plain text, from its beginning. */
                                        value: string;
                                    }[];
                                    tags: string[];
                                    card_count: number;
                                    /** @description Of one’s own. */
                                    review_count: number;
                                }[];
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Merge, thin out or mark groups of notes, as one operation; a group that was changed since it was shown is left, and named */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        action: "merge" | "delete" | "mark";
                        groups: {
                            /**
                             * Format: int64
                             * @description The note whose cards and reviews stay.
                             */
                            keep: number;
                            notes: {
                                /** Format: int64 */
                                id: number;
                                updated_at: string;
                            }[];
                            /**
                             * Format: int64
                             * @description For merge: the note whose fields it gets; its own when left out.
                             */
                            text_of?: number;
                        }[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            groups: number;
                            /** @description Notes that are gone, or marked. */
                            notes: number;
                            left: {
                                /** Format: int64 */
                                keep: number;
                                reason: string;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/discover/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The decks that are shared with everybody, by facets and words */
        get: {
            parameters: {
                query?: {
                    /** @description Words of the name, description and facets, or how they begin. */
                    q?: string;
                    sort?: "newest" | "copied";
                    /** @description Decks of a page, never more than 500. */
                    limit?: number;
                    school?: string;
                    course?: string;
                    professor?: string;
                    year?: number;
                    /** @description `next` of the page before. */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            decks: {
                                /** Format: int64 */
                                id: number;
                                name: string;
                                description: string | null;
                                school: string | null;
                                course: string | null;
                                professor: string | null;
                                year: number | null;
                                owner_name: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                published_at: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                updated_at: string;
                                card_count: number;
                                /** @description Copies that others made, by clones and subscriptions. */
                                copy_count: number;
                                is_owner: boolean;
                                /**
                                 * Format: int64
                                 * @description One’s own copy that follows this deck.
                                 */
                                subscribed_deck_id: number | null;
                            }[];
                            /** @description For the next page; null on the last one. */
                            next: string | null;
                            /** @description All that are asked for; on the first page only. */
                            count: number | null;
                            facets: {
                                school: {
                                    value: string;
                                    deck_count: number;
                                }[];
                                course: {
                                    value: string;
                                    deck_count: number;
                                }[];
                                professor: {
                                    value: string;
                                    deck_count: number;
                                }[];
                                year: {
                                    value: string;
                                    deck_count: number;
                                }[];
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/discover/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A shared deck, with its first cards as they will look */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            owner_name: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            published_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            card_count: number;
                            /** @description Copies that others made, by clones and subscriptions. */
                            copy_count: number;
                            is_owner: boolean;
                            /**
                             * Format: int64
                             * @description One’s own copy that follows this deck.
                             */
                            subscribed_deck_id: number | null;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                front: string;
                                back: string;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A deck of one’s own with the notes of another, without anybody’s history */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            is_public: boolean;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_owner: boolean;
                            card_count: number;
                            /** @description Cards due now, new ones included. */
                            due_count: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/subscribe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same, and it follows the other: what changes there can be taken over */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            description: string | null;
                            is_public: boolean;
                            school: string | null;
                            course: string | null;
                            professor: string | null;
                            year: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_owner: boolean;
                            card_count: number;
                            /** @description Cards due now, new ones included. */
                            due_count: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/subscriptions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own decks that follow others */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            deck_id: number;
                            deck_name: string;
                            /**
                             * Format: int64
                             * @description Null while it is not shared.
                             */
                            source_deck_id: number | null;
                            source_name: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            subscribed_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/subscriptions/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an update of one’s copy would bring; changes nothing */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            deck_id: number;
                            deck_name: string;
                            /**
                             * Format: int64
                             * @description Null while it is not shared.
                             */
                            source_deck_id: number | null;
                            source_name: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            subscribed_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            token: string;
                            counts: {
                                added: number;
                                changed: number;
                                removed: number;
                                /** @description Notes of which both sides changed a field: that stays as it is. */
                                edited: number;
                            };
                            added: {
                                front: string;
                                back: string;
                            }[];
                            changed: {
                                /** Format: int64 */
                                note_id: number;
                                title: string;
                                changed: {
                                    name: string;
                                    yours: string;
                                    theirs: string;
                                }[];
                                kept: {
                                    name: string;
                                    yours: string;
                                    theirs: string;
                                }[];
                                tags_added: string[];
                                tags_removed: string[];
                            }[];
                            removed: {
                                /** Format: int64 */
                                note_id: number;
                                title: string;
                                is_studied: boolean;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Follow no more; the cards stay */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/subscriptions/{deck_id}/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the update; what one edited oneself stays, and one’s schedule */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @default keep
                         * @enum {string}
                         */
                        removed?: "keep" | "suspend";
                        /** @description Of the preview: what has changed since is not taken unseen. */
                        token?: string;
                        theirs?: {
                            /** Format: int64 */
                            note_id: number;
                            name: string;
                        }[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            added: number;
                            changed: number;
                            removed: number;
                            /** @description Notes of which both sides changed a field: that stays as it is. */
                            edited: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suggestions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Suggestions for one’s own decks, or those one made */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    scope?: "received" | "sent";
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    deck_id?: string;
                    status?: "open" | "accepted" | "declined" | "withdrawn";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /**
                             * Format: int64
                             * @description The deck that the change is suggested for.
                             */
                            deck_id: number;
                            deck_name: string;
                            /** @description Who suggests it. */
                            username: string;
                            changes: {
                                name: string;
                                from: string;
                                to: string;
                            }[];
                            comment: string | null;
                            status: string;
                            answer: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            answered_at: string | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Suggest one’s changes of a note to who publishes it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description A note of one’s own that came from a deck one follows.
                         */
                        note_id: number;
                        comment?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /**
                             * Format: int64
                             * @description The deck that the change is suggested for.
                             */
                            deck_id: number;
                            deck_name: string;
                            /** @description Who suggests it. */
                            username: string;
                            changes: {
                                name: string;
                                from: string;
                                to: string;
                            }[];
                            comment: string | null;
                            status: string;
                            answer: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            answered_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suggestions/{suggestion_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a suggestion one’s own change */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    suggestion_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suggestions/{suggestion_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decline a suggestion, with a word */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    suggestion_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        answer?: string | null;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suggestions/{suggestion_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraw one’s own suggestion */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    suggestion_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moderation/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The reports of everybody, with the public decks they are about */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    status?: "pending" | "reviewed" | "under_review" | "resolved" | "dismissed";
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            reporter_id: number;
                            report_type: string;
                            /** Format: int64 */
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
                            /** Format: int64 */
                            reviewed_by: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            reviewed_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            reporter_name: string;
                            deck: {
                                /** Format: int64 */
                                id: number;
                                name: string;
                                owner_name: string;
                                is_public: boolean;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                hidden_at: string | null;
                            } | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moderation/reports/{report_id}/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close a report without doing anything about it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    report_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description For the owner and the audit trail. */
                        why: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moderation/decks/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A public deck, hidden or not, as moderators see it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            owner_name: string;
                            is_public: boolean;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            hidden_at: string | null;
                            description: string | null;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                front: string;
                                back: string;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                            }[];
                            events: {
                                /** Format: int64 */
                                id: number;
                                action: string;
                                /** Format: int64 */
                                deck_id: number;
                                why: string;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                created_at: string;
                                /** Format: int64 */
                                report_id: number | null;
                                admin_name: string;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moderation/decks/{deck_id}/hide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hide a public deck from everybody but its owner */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description For the owner and the audit trail. */
                        why: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moderation/decks/{deck_id}/unhide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a hidden deck back */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description For the owner and the audit trail. */
                        why: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/moderation/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The audit trail: who did what, when and why */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            action: string;
                            /** Format: int64 */
                            deck_id: number;
                            why: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /** Format: int64 */
                            report_id: number | null;
                            admin_name: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/moderation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What moderators did to one’s own deck, and why */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            action: string;
                            /** Format: int64 */
                            deck_id: number;
                            why: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every step of operators: who, what, when, how it ended */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** @description The same for what a step began with and how it ended. */
                            step_id: string;
                            /** @enum {string} */
                            kind: "begun" | "ended";
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            happened_at: string;
                            command: string;
                            /** @description Who typed it; null for a step on the page. */
                            os_user: string | null;
                            /**
                             * Format: int64
                             * @description Whose step on the page it was.
                             */
                            account_id: number | null;
                            /** @description As the account is called now. */
                            account_name: string | null;
                            /** @description Host and pid. */
                            process: string;
                            /** @description JSON: what it was given, secrets taken out; or how it ended. */
                            details: string;
                            /** @description A hash of this event and all before it. */
                            chain: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/import/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What importing a text into one’s own deck would do; changes nothing */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description CSV, tab-separated rows, Anki’s text export, Quizlet’s export, Obsidian notes or Q:/A: blocks. */
                        text: string;
                        /** @enum {string} */
                        format?: "anki" | "delimited" | "terms" | "obsidian" | "questions";
                        separator?: string;
                        row_separator?: string;
                        has_header?: boolean;
                        front_column?: number;
                        back_column?: number;
                        /** @enum {string} */
                        duplicates?: "skip" | "update" | "keep";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            format: string;
                            separator: string | null;
                            row_separator: string | null;
                            has_header: boolean | null;
                            columns: string[];
                            front_column: number | null;
                            back_column: number | null;
                            added: number;
                            updated: number;
                            /** @description Cards whose front the deck has already. */
                            skipped: number;
                            samples: {
                                front: string;
                                back: string;
                                action: string;
                            }[];
                            problems: {
                                line: number;
                                what: string;
                            }[];
                            problem_count: number;
                            left_out: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import a text into one’s own deck as cards, all or nothing */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description CSV, tab-separated rows, Anki’s text export, Quizlet’s export, Obsidian notes or Q:/A: blocks. */
                        text: string;
                        /** @enum {string} */
                        format?: "anki" | "delimited" | "terms" | "obsidian" | "questions";
                        separator?: string;
                        row_separator?: string;
                        has_header?: boolean;
                        front_column?: number;
                        back_column?: number;
                        /** @enum {string} */
                        duplicates?: "skip" | "update" | "keep";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            format: string;
                            separator: string | null;
                            row_separator: string | null;
                            has_header: boolean | null;
                            columns: string[];
                            front_column: number | null;
                            back_column: number | null;
                            added: number;
                            updated: number;
                            /** @description Cards whose front the deck has already. */
                            skipped: number;
                            samples: {
                                front: string;
                                back: string;
                                action: string;
                            }[];
                            problems: {
                                line: number;
                                what: string;
                            }[];
                            problem_count: number;
                            left_out: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What one imported into one’s own deck in the last 30 days, the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * Format: int64
                             * @description By which it can be taken back.
                             */
                            id: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            imported_at: string;
                            format: string;
                            added: number;
                            updated: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            undone_at: string | null;
                            /** @description Of one that was taken back: notes that stayed. */
                            kept: number;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decks/{deck_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A deck as a file: for Anki or as FlashCase’s own archive, with one’s own dates and reviews, or as a table */
        post: {
            parameters: {
                query?: {
                    format?: "apkg" | "archive" | "csv";
                    /** @description With all own decks below it: `Law::Torts` is below `Law`. */
                    below?: boolean;
                };
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/import/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to send a package of Anki or an archive of FlashCase; one that was sent before goes */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            /** @description Bytes of one piece, at most. */
                            piece_bytes: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/import/files/{file_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Send a piece of the file, at its place; the same piece may be sent again */
        put: {
            parameters: {
                query: {
                    /** @description Where in the file the piece begins. */
                    at: number;
                };
                header?: never;
                path: {
                    file_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Bytes that are here. */
                            bytes: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Forget a file that was sent */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    file_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/import/files/{file_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What importing the file would do; changes nothing. Asked again while it is worked on */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    file_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @default skip
                         * @enum {string}
                         */
                        duplicates?: "skip" | "update" | "keep";
                        /** @default true */
                        has_schedule?: boolean;
                        /**
                         * Format: int64
                         * @description The deck for all of it; the decks of the file when left out.
                         */
                        deck_id?: number | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description `running`: ask the same again. `done`: the report is here. */
                            state: string;
                            report: {
                                format: string;
                                decks: {
                                    /** Format: int64 */
                                    id: number | null;
                                    name: string;
                                    is_new: boolean;
                                }[];
                                /** @description Notes. */
                                added: number;
                                updated: number;
                                /** @description Notes that are there already. */
                                skipped: number;
                                /** @description Of the new notes. */
                                cards: number;
                                /** @description Of those cards. */
                                reviews: number;
                                /** @description Pictures and sounds that the notes of the file show. */
                                media: number;
                                samples: {
                                    front: string;
                                    back: string;
                                    front_html: string | null;
                                    back_html: string | null;
                                    action: string;
                                }[];
                                problems: {
                                    what: string;
                                    count: number;
                                }[];
                                problem_count: number;
                                /**
                                 * Format: int64
                                 * @description By which it can be taken back.
                                 */
                                operation_id: number | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/import/files/{file_id}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import the file, all or nothing. Asked again it gives the same answer, and imports nothing twice */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    file_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @default skip
                         * @enum {string}
                         */
                        duplicates?: "skip" | "update" | "keep";
                        /** @default true */
                        has_schedule?: boolean;
                        /**
                         * Format: int64
                         * @description The deck for all of it; the decks of the file when left out.
                         */
                        deck_id?: number | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description `running`: ask the same again. `done`: the report is here. */
                            state: string;
                            report: {
                                format: string;
                                decks: {
                                    /** Format: int64 */
                                    id: number | null;
                                    name: string;
                                    is_new: boolean;
                                }[];
                                /** @description Notes. */
                                added: number;
                                updated: number;
                                /** @description Notes that are there already. */
                                skipped: number;
                                /** @description Of the new notes. */
                                cards: number;
                                /** @description Of those cards. */
                                reviews: number;
                                /** @description Pictures and sounds that the notes of the file show. */
                                media: number;
                                samples: {
                                    front: string;
                                    back: string;
                                    front_html: string | null;
                                    back_html: string | null;
                                    action: string;
                                }[];
                                problems: {
                                    what: string;
                                    count: number;
                                }[];
                                problem_count: number;
                                /**
                                 * Format: int64
                                 * @description By which it can be taken back.
                                 */
                                operation_id: number | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a picture or sound for notes; what is there already is there once */
        post: {
            parameters: {
                query?: {
                    /** @description What its file is called. */
                    name?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            sha256: string;
                            /** @description What a note says to show it: the src of an img or audio, or in Markdown ![…](address). */
                            address: string;
                            media_type: string;
                            byte_count: number;
                            name: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/{sha256}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A picture or sound: one’s own, or of a card that one may read */
        get: {
            parameters: {
                query?: {
                    /** @description The card it is shown on: for what somebody else gave. */
                    card_id?: string;
                };
                header?: never;
                path: {
                    /** @description Of its bytes, in hexadecimal. */
                    sha256: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/session/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Due cards of a deck: longest due first, then new ones */
        get: {
            parameters: {
                query?: {
                    /** @description Cards at most, never more than 500. */
                    limit?: number;
                };
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            deck_id: number;
                            front: string;
                            back: string;
                            /** @description Sanitised HTML; null where the text says it all. */
                            front_html: string | null;
                            back_html: string | null;
                            /** @description What is to be typed. */
                            answer: string | null;
                            /** Format: double */
                            ease_factor: number;
                            interval: number;
                            repetitions: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            due_date: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/queue/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What to study now in a deck, within the day’s limits, with what each grade would do */
        get: {
            parameters: {
                query?: {
                    /** @description Cards at most, never more than 500. */
                    limit?: number;
                    /** @description With all own decks below it: `Law::Torts` is below `Law`. */
                    below?: boolean;
                };
                header?: never;
                path: {
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            now: string;
                            deck_ids: number[];
                            counts: {
                                new: number;
                                learning: number;
                                due: number;
                            };
                            /** @description Due cards of these decks that are not asked today: more than the limit of the day. */
                            waiting: number;
                            catch_up: {
                                /** @description A study day, as 2026-11-26. */
                                from: string;
                                /** @description A study day, as 2026-11-26. */
                                until: string;
                                reviews_per_day: number;
                            } | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            next_due: string | null;
                            /** Format: double */
                            seconds_per_card: number | null;
                            settings: {
                                version: number;
                                /** @description IANA name, as Europe/Berlin. */
                                time_zone: string;
                                /** @description The hour at which a study day begins. */
                                rollover_hour: number;
                                /** @enum {string} */
                                scheduler: "sm2" | "fsrs-6";
                                /** Format: double */
                                desired_retention: number;
                                /** @description Minutes and hours: 1m 10m. Empty for none. */
                                learning_steps: string;
                                relearning_steps: string;
                                new_per_day: number;
                                reviews_per_day: number;
                                /** @description Days. */
                                maximum_interval: number;
                                has_fuzz: boolean;
                                /** @description Failures that make a leech; 0 for never. */
                                leech_threshold: number;
                                suspends_leeches: boolean;
                                has_two_buttons: boolean;
                                has_load_balance: boolean;
                                /** @description Percent of a usual day’s reviews that each weekday takes, from Monday to Sunday. */
                                weekday_loads: number[];
                                weights: number[] | null;
                            };
                            load: {
                                /** @description A study day, as 2026-11-26. */
                                from: string;
                                cards: number[];
                            } | null;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                front: string;
                                back: string;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                /** Format: double */
                                ease_factor: number;
                                interval: number;
                                repetitions: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                due_date: string;
                                /** @enum {string} */
                                scheduler: "sm2" | "fsrs-6";
                                /** @enum {string} */
                                phase: "new" | "learning" | "review" | "relearning";
                                /** Format: double */
                                stability: number | null;
                                /** Format: double */
                                difficulty: number | null;
                                lapses: number;
                                step: number;
                                review_count: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                answered_at: string | null;
                                flag: number;
                                previews: {
                                    grade: number;
                                    /** @enum {string} */
                                    phase: "new" | "learning" | "review" | "relearning";
                                    /** @description Days; 0 on the steps of minutes. */
                                    interval: number;
                                    /** @description From now until the card comes back. */
                                    seconds: number;
                                }[];
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/review/{card_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record one answer and schedule the card */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key gets the same answer and counts once: send the request again after a lost connection. */
                    "idempotency-key"?: string;
                    /** @description The id of the user who gave the answer: nothing is recorded (401) when somebody else is logged in. */
                    "x-flashcase-user"?: string;
                };
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description 0 (blackout) to 5 (perfect). This or a grade. */
                        quality?: number;
                        /** @description 1 Again, 2 Hard, 3 Good, 4 Easy. */
                        grade?: number;
                        /** @description When it was answered, if not now: ISO 8601. At most five minutes ahead of the server, never before its card was there; a late one takes its place by its time. */
                        answered_at?: string;
                        /** @description The days that the preview of this grade promised: with has_load_balance they are given, where the answer may give them. */
                        interval?: number;
                        /** @description From the question to the grade; more than five minutes count as five. */
                        duration_ms?: number;
                        /** @description The same key gets the same answer and counts once: send the request again after a lost connection. */
                        idempotency_id?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            card_id: number;
                            quality: number;
                            /** Format: double */
                            new_ease_factor: number;
                            new_interval: number;
                            new_repetitions: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            next_due_date: string;
                            grade: number;
                            /** @enum {string} */
                            scheduler: "sm2" | "fsrs-6";
                            /** @enum {string} */
                            phase: "new" | "learning" | "review" | "relearning";
                            /** Format: double */
                            stability: number | null;
                            /** Format: double */
                            difficulty: number | null;
                            lapses: number;
                            is_leech: boolean;
                            previews: {
                                grade: number;
                                /** @enum {string} */
                                phase: "new" | "learning" | "review" | "relearning";
                                /** @description Days; 0 on the steps of minutes. */
                                interval: number;
                                /** @description From now until the card comes back. */
                                seconds: number;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/undo/{card_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the last answer to a card back */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key gets the same answer and counts once: send the request again after a lost connection. */
                    "idempotency-key"?: string;
                    /** @description The id of the user who gave the answer: nothing is recorded (401) when somebody else is logged in. */
                    "x-flashcase-user"?: string;
                };
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The Idempotency-Key of the review to take back; without it the last one. */
                        review_id?: string;
                        /** @description When it was taken back, where that is not now. */
                        undone_at?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            card_id: number;
                            /** Format: double */
                            ease_factor: number;
                            interval: number;
                            repetitions: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            due_date: string;
                            /** @enum {string} */
                            scheduler: "sm2" | "fsrs-6";
                            /** @enum {string} */
                            phase: "new" | "learning" | "review" | "relearning";
                            /** Format: double */
                            stability: number | null;
                            /** Format: double */
                            difficulty: number | null;
                            lapses: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/marks/{card_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Suspend, bury until tomorrow, or flag a card, for oneself */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The id of the user who gave the answer: nothing is recorded (401) when somebody else is logged in. */
                    "x-flashcase-user"?: string;
                };
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        is_suspended?: boolean;
                        is_buried?: boolean;
                        flag?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            card_id: number;
                            is_suspended: boolean;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            buried_until: string | null;
                            flag: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How one studies: scheduler, limits, steps, time zone */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: number;
                            /** @description IANA name, as Europe/Berlin. */
                            time_zone: string;
                            /** @description The hour at which a study day begins. */
                            rollover_hour: number;
                            /** @enum {string} */
                            scheduler: "sm2" | "fsrs-6";
                            /** Format: double */
                            desired_retention: number;
                            /** @description Minutes and hours: 1m 10m. Empty for none. */
                            learning_steps: string;
                            relearning_steps: string;
                            new_per_day: number;
                            reviews_per_day: number;
                            /** @description Days. */
                            maximum_interval: number;
                            has_fuzz: boolean;
                            /** @description Failures that make a leech; 0 for never. */
                            leech_threshold: number;
                            suspends_leeches: boolean;
                            has_two_buttons: boolean;
                            has_load_balance: boolean;
                            /** @description Percent of a usual day’s reviews that each weekday takes, from Monday to Sunday. */
                            weekday_loads: number[];
                            catch_up: {
                                /** @description A study day, as 2026-11-26. */
                                from: string;
                                /** @description A study day, as 2026-11-26. */
                                until: string;
                                reviews_per_day: number;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Change how one studies, from the next answer on; what is left out stays */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description IANA name, as Europe/Berlin. */
                        time_zone?: string;
                        /** @description The hour at which a study day begins. */
                        rollover_hour?: number;
                        /** @enum {string} */
                        scheduler?: "sm2" | "fsrs-6";
                        /** Format: double */
                        desired_retention?: number;
                        /** @description Minutes and hours: 1m 10m. Empty for none. */
                        learning_steps?: string;
                        relearning_steps?: string;
                        new_per_day?: number;
                        reviews_per_day?: number;
                        /** @description Days. */
                        maximum_interval?: number;
                        has_fuzz?: boolean;
                        /** @description Failures that make a leech; 0 for never. */
                        leech_threshold?: number;
                        suspends_leeches?: boolean;
                        has_two_buttons?: boolean;
                        has_load_balance?: boolean;
                        /** @description Percent of a usual day’s reviews that each weekday takes, from Monday to Sunday. */
                        weekday_loads?: number[];
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: number;
                            /** @description IANA name, as Europe/Berlin. */
                            time_zone: string;
                            /** @description The hour at which a study day begins. */
                            rollover_hour: number;
                            /** @enum {string} */
                            scheduler: "sm2" | "fsrs-6";
                            /** Format: double */
                            desired_retention: number;
                            /** @description Minutes and hours: 1m 10m. Empty for none. */
                            learning_steps: string;
                            relearning_steps: string;
                            new_per_day: number;
                            reviews_per_day: number;
                            /** @description Days. */
                            maximum_interval: number;
                            has_fuzz: boolean;
                            /** @description Failures that make a leech; 0 for never. */
                            leech_threshold: number;
                            suspends_leeches: boolean;
                            has_two_buttons: boolean;
                            has_load_balance: boolean;
                            /** @description Percent of a usual day’s reviews that each weekday takes, from Monday to Sunday. */
                            weekday_loads: number[];
                            catch_up: {
                                /** @description A study day, as 2026-11-26. */
                                from: string;
                                /** @description A study day, as 2026-11-26. */
                                until: string;
                                reviews_per_day: number;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/workload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Minutes a day and cards known over the coming year, for every retention that can be wanted */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day, as 2026-11-26. */
                            today: string;
                            cards: number;
                            new_cards: number;
                            new_per_day: number;
                            reviews_per_day: number;
                            /** Format: double */
                            seconds_per_new_card: number;
                            /** Format: double */
                            seconds_per_card: number;
                            has_own_pace: boolean;
                            /** Format: double */
                            desired_retention: number;
                            /** @description Cards expected to be known today: the sum of their probabilities of recall. */
                            memorised: number;
                            points: {
                                /** Format: double */
                                desired_retention: number;
                                months: {
                                    /** @description A study day, as 2026-11-26. */
                                    ends: string;
                                    /** Format: double */
                                    minutes_per_day: number;
                                    /** @description Cards expected to be known on that day. */
                                    memorised: number;
                                }[];
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/catch-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is overdue, the plan to catch up in force, and the ways to do it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day, as 2026-11-26. */
                            today: string;
                            /** @description Cards that were due before today, of all decks. */
                            overdue: number;
                            due_today: number;
                            /** @description The limit of the settings. */
                            reviews_per_day: number;
                            /** @description The day after which nothing is overdue, without new cards; null where that takes more than a year. */
                            usual_until: string | null;
                            plan: {
                                /** @description A study day, as 2026-11-26. */
                                from: string;
                                /** @description A study day, as 2026-11-26. */
                                until: string;
                                reviews_per_day: number;
                                /** @description The day after which nothing is overdue, without new cards; null where that takes more than a year. */
                                expected_until: string | null;
                            } | null;
                            options: {
                                days: number;
                                /** @description A study day, as 2026-11-26. */
                                until: string;
                                reviews_per_day: number;
                                /** Format: double */
                                minutes_per_day: number;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Begin a plan to catch up: so many reviews a day until its last day, and no new cards; no date moves */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description With today. */
                        days: number;
                        reviews_per_day: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day, as 2026-11-26. */
                            from: string;
                            /** @description A study day, as 2026-11-26. */
                            until: string;
                            reviews_per_day: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** End the plan to catch up: the limits of the settings count again */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/parameters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The parameters of FSRS in force, and whether better ones can be looked for on this server */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            weights: number[] | null;
                            has_optimiser: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Put parameters of FSRS in force: 21 weights, or null for the published ones; no date moves */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        weights: number[] | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            weights: number[] | null;
                            has_optimiser: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/calibration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How well one’s answers were predicted: by one’s parameters, the published ones, and SM-2 */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cards: number;
                            own: {
                                answers: number;
                                /** Format: double */
                                log_loss: number;
                                /** Format: double */
                                rmse_bins: number;
                            } | null;
                            published: {
                                answers: number;
                                /** Format: double */
                                log_loss: number;
                                /** Format: double */
                                rmse_bins: number;
                            } | null;
                            sm2: {
                                answers: number;
                                /** Format: double */
                                log_loss: number;
                                /** Format: double */
                                rmse_bins: number;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/parameters/optimise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fit parameters to one’s answers and adopt them where the log loss of the newest, held out, falls; ends when the client goes away */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Answers that were learned from: the earlier four fifths. */
                            learned: number;
                            /** @description The newest fifth, by which both were judged. */
                            held_out: number;
                            before: {
                                answers: number;
                                /** Format: double */
                                log_loss: number;
                                /** Format: double */
                                rmse_bins: number;
                            } | null;
                            after: {
                                answers: number;
                                /** Format: double */
                                log_loss: number;
                                /** Format: double */
                                rmse_bins: number;
                            } | null;
                            weights: number[] | null;
                            is_adopted: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/cram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cards of a deck or an exam to go through without moving any date: the least likely to be known first */
        get: {
            parameters: {
                query?: {
                    /** @description Cards at most, never more than 500. */
                    limit?: number;
                    /** @description This or an exam. */
                    deck_id?: string;
                    exam_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Cards that could be crammed; the answer has the weakest. */
                            total: number;
                            cards: {
                                /** Format: int64 */
                                id: number;
                                /** Format: int64 */
                                deck_id: number;
                                deck_name: string;
                                tags: string[];
                                front: string;
                                back: string;
                                /** @description Sanitised HTML; null where the text says it all. */
                                front_html: string | null;
                                back_html: string | null;
                                /** @description What is to be typed. */
                                answer: string | null;
                                /**
                                 * Format: double
                                 * @description The probability that it is known now; null for a card never studied.
                                 */
                                recall: number | null;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/cram/{card_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log one answer while cramming: no date moves, and no statistic counts it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key gets the same answer and counts once: send the request again after a lost connection. */
                    "idempotency-key"?: string;
                    /** @description The id of the user who gave the answer: nothing is recorded (401) when somebody else is logged in. */
                    "x-flashcase-user"?: string;
                };
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description 1 Again, 2 Hard, 3 Good, 4 Easy. */
                        grade: number;
                        /** @description When it was answered, if not now: ISO 8601. */
                        answered_at?: string;
                        duration_ms?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            card_id: number;
                            grade: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            due_date: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exams/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own exams, the next one first, those of the past last */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            /** @description The day of the exam: 2026-12-10. */
                            date: string;
                            /** @description Study days until then; below 0 afterwards. */
                            days_left: number;
                            /** @description It decides what is asked. */
                            is_running: boolean;
                            is_ended: boolean;
                            deck_ids: number[];
                            tags: string[];
                            /** Format: double */
                            target_recall: number;
                            minutes_per_day: number;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Keep an exam: until its day it decides what is asked of its cards */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** @description The day of the exam: 2026-12-10. */
                        date: string;
                        deck_ids?: number[];
                        tags?: string[];
                        /**
                         * Format: double
                         * @description The share of the cards to be known on the day.
                         */
                        target_recall?: number;
                        minutes_per_day?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            /** @description The day of the exam: 2026-12-10. */
                            date: string;
                            /** @description Study days until then; below 0 afterwards. */
                            days_left: number;
                            /** @description It decides what is asked. */
                            is_running: boolean;
                            is_ended: boolean;
                            deck_ids: number[];
                            tags: string[];
                            /** Format: double */
                            target_recall: number;
                            minutes_per_day: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exams/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What to expect of an exam, without and with a plan, and each day’s work; nothing is kept */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The day of the exam: 2026-12-10. */
                        date: string;
                        name?: string;
                        deck_ids?: number[];
                        tags?: string[];
                        /**
                         * Format: double
                         * @description The share of the cards to be known on the day.
                         */
                        target_recall?: number;
                        minutes_per_day?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day: 2026-11-26. */
                            today: string;
                            /** @description A study day: 2026-11-26. */
                            date: string;
                            days_left: number;
                            cards: number;
                            new_cards: number;
                            /** Format: double */
                            seconds_per_new_card: number;
                            /** Format: double */
                            seconds_per_card: number;
                            /** @description Both seconds are the student’s own, not a guess. */
                            has_own_pace: boolean;
                            /** Format: double */
                            target_recall: number;
                            minutes_per_day: number;
                            expected: {
                                /**
                                 * Format: double
                                 * @description Expected recall on the day without any more study, 0 to 1.
                                 */
                                untouched: number;
                                /**
                                 * Format: double
                                 * @description Studied as without an exam, within the limits of the settings.
                                 */
                                usual: number;
                                /**
                                 * Format: double
                                 * @description Studied as planned.
                                 */
                                planned: number;
                            };
                            is_reached: boolean;
                            /** @description The fewest minutes a day, in fives, that reach the target; null when 480 do not. */
                            minutes_needed: number | null;
                            decks: {
                                /** Format: int64 */
                                deck_id: number;
                                name: string;
                                cards: number;
                                /**
                                 * Format: double
                                 * @description Expected recall on the day without any more study, 0 to 1.
                                 */
                                untouched: number;
                                /**
                                 * Format: double
                                 * @description Studied as without an exam, within the limits of the settings.
                                 */
                                usual: number;
                                /**
                                 * Format: double
                                 * @description Studied as planned.
                                 */
                                planned: number;
                            }[];
                            days: {
                                /** @description A study day: 2026-11-26. */
                                day: string;
                                new_cards: number;
                                reviews: number;
                                /** Format: double */
                                minutes: number;
                            }[];
                            /**
                             * Format: double
                             * @description A day on average, studied as without an exam.
                             */
                            usual_minutes: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exams/{exam_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One exam */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    exam_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            /** @description The day of the exam: 2026-12-10. */
                            date: string;
                            /** @description Study days until then; below 0 afterwards. */
                            days_left: number;
                            /** @description It decides what is asked. */
                            is_running: boolean;
                            is_ended: boolean;
                            deck_ids: number[];
                            tags: string[];
                            /** Format: double */
                            target_recall: number;
                            minutes_per_day: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Change an exam, or end it before its day; what is left out stays */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    exam_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string;
                        /** @description The day of the exam: 2026-12-10. */
                        date?: string;
                        deck_ids?: number[];
                        tags?: string[];
                        /**
                         * Format: double
                         * @description The share of the cards to be known on the day.
                         */
                        target_recall?: number;
                        minutes_per_day?: number;
                        is_ended?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            /** @description The day of the exam: 2026-12-10. */
                            date: string;
                            /** @description Study days until then; below 0 afterwards. */
                            days_left: number;
                            /** @description It decides what is asked. */
                            is_running: boolean;
                            is_ended: boolean;
                            deck_ids: number[];
                            tags: string[];
                            /** Format: double */
                            target_recall: number;
                            minutes_per_day: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Delete an exam; no card is touched */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    exam_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exams/{exam_id}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plan of an exam as of today, with what was answered until now */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    exam_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day: 2026-11-26. */
                            today: string;
                            /** @description A study day: 2026-11-26. */
                            date: string;
                            days_left: number;
                            cards: number;
                            new_cards: number;
                            /** Format: double */
                            seconds_per_new_card: number;
                            /** Format: double */
                            seconds_per_card: number;
                            /** @description Both seconds are the student’s own, not a guess. */
                            has_own_pace: boolean;
                            /** Format: double */
                            target_recall: number;
                            minutes_per_day: number;
                            expected: {
                                /**
                                 * Format: double
                                 * @description Expected recall on the day without any more study, 0 to 1.
                                 */
                                untouched: number;
                                /**
                                 * Format: double
                                 * @description Studied as without an exam, within the limits of the settings.
                                 */
                                usual: number;
                                /**
                                 * Format: double
                                 * @description Studied as planned.
                                 */
                                planned: number;
                            };
                            is_reached: boolean;
                            /** @description The fewest minutes a day, in fives, that reach the target; null when 480 do not. */
                            minutes_needed: number | null;
                            decks: {
                                /** Format: int64 */
                                deck_id: number;
                                name: string;
                                cards: number;
                                /**
                                 * Format: double
                                 * @description Expected recall on the day without any more study, 0 to 1.
                                 */
                                untouched: number;
                                /**
                                 * Format: double
                                 * @description Studied as without an exam, within the limits of the settings.
                                 */
                                usual: number;
                                /**
                                 * Format: double
                                 * @description Studied as planned.
                                 */
                                planned: number;
                            }[];
                            days: {
                                /** @description A study day: 2026-11-26. */
                                day: string;
                                new_cards: number;
                                reviews: number;
                                /** Format: double */
                                minutes: number;
                            }[];
                            /**
                             * Format: double
                             * @description A day on average, studied as without an exam.
                             */
                            usual_minutes: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/today": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done today, what is left, and the streak */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day: 2026-11-26. */
                            day: string;
                            reviews: number;
                            again: number;
                            hard: number;
                            good: number;
                            easy: number;
                            /** @description Reviews of old logs that do not tell the answer. */
                            unrated: number;
                            /** @description Reviews of cards by how well they were known before: new, learning, young, mature (21 days and more). */
                            new: number;
                            learning: number;
                            young: number;
                            mature: number;
                            /** @description Of young and mature cards. */
                            recalled: number;
                            forgotten: number;
                            /** @description Time spent, where the client said so. */
                            seconds: number;
                            /** @description Studied cards that are due today or before. */
                            left: number;
                            streak: {
                                current: number;
                                longest: number;
                                /** @description Missed days that will not end it. */
                                freezes: number;
                                frozen: string[];
                                has_studied_today: boolean;
                            };
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/today.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done today, what is left, and the streak, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reviews, buttons and added cards by study day; days on which nothing happened are left out */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    range?: "month" | "quarter" | "year" | "all";
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description A study day: 2026-11-26. */
                            from: string;
                            /** @description A study day: 2026-11-26. */
                            to: string;
                            days: {
                                /** @description A study day: 2026-11-26. */
                                day: string;
                                /** @description Place among the days with reviews, by quarters. */
                                level: number;
                                /** @description Cards made. */
                                added: number;
                                reviews: number;
                                again: number;
                                hard: number;
                                good: number;
                                easy: number;
                                /** @description Reviews of old logs that do not tell the answer. */
                                unrated: number;
                                /** @description Reviews of cards by how well they were known before: new, learning, young, mature (21 days and more). */
                                new: number;
                                learning: number;
                                young: number;
                                mature: number;
                                /** @description Of young and mature cards. */
                                recalled: number;
                                forgotten: number;
                                /** @description Time spent, where the client said so. */
                                seconds: number;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/days.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reviews, buttons and added cards by study day; days on which nothing happened are left out, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    range?: "month" | "quarter" | "year" | "all";
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** True retention: the first review of each card on each day, by period and maturity */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            period: "today" | "yesterday" | "week" | "month" | "year";
                            /** @enum {string} */
                            maturity: "young" | "mature" | "all";
                            passed: number;
                            failed: number;
                            /**
                             * Format: double
                             * @description Share that was known, 0 to 1; null without a review.
                             */
                            rate: number | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/retention.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** True retention: the first review of each card on each day, by period and maturity, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/hours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reviews of young and mature cards, and how many were known, by hour of the day */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    range?: "month" | "quarter" | "year" | "all";
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            hour: number;
                            reviews: number;
                            passed: number;
                            /**
                             * Format: double
                             * @description Share that was known, 0 to 1; null without a review.
                             */
                            rate: number | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/hours.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reviews of young and mature cards, and how many were known, by hour of the day, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    range?: "month" | "quarter" | "year" | "all";
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/buttons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How often each button was pressed, by maturity of the card */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    range?: "month" | "quarter" | "year" | "all";
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            maturity: "new" | "learning" | "young" | "mature";
                            again: number;
                            hard: number;
                            good: number;
                            easy: number;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/buttons.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How often each button was pressed, by maturity of the card, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    range?: "month" | "quarter" | "year" | "all";
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Studied cards by the day on which they fall due, and the backlog */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    days?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Cards that were due before today. */
                            backlog: number;
                            days: {
                                /** @description A study day: 2026-11-26. */
                                day: string;
                                due: number;
                                /** @description With the backlog and the days before. */
                                total: number;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/forecast.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Studied cards by the day on which they fall due, and the backlog, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    days?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cards by how well they are known: new, learning, young, mature (21 days and more) */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            new: number;
                            learning: number;
                            young: number;
                            mature: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/cards.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cards by how well they are known: new, learning, young, mature (21 days and more), as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/intervals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Studied cards by the days between their reviews */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            from_days: number;
                            to_days: number | null;
                            cards: number;
                            /**
                             * Format: double
                             * @description Share of cards up to this interval.
                             */
                            share: number;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/intervals.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Studied cards by the days between their reviews, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/memory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How well studied cards are known today, how long they last and how hard they are, as FSRS has it */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Studied cards that FSRS has answered. */
                            cards: number;
                            /** @description Studied cards that it has not: SM-2 keeps no memory. */
                            unknown: number;
                            /**
                             * Format: double
                             * @description Cards that would be remembered today: the sum of their probabilities.
                             */
                            known: number;
                            recall: {
                                /** Format: double */
                                from: number;
                                /** Format: double */
                                to: number;
                                cards: number;
                            }[];
                            stability: {
                                from_days: number;
                                to_days: number | null;
                                cards: number;
                            }[];
                            difficulty: {
                                /** Format: double */
                                from: number;
                                /** Format: double */
                                to: number;
                                cards: number;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/memory.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How well studied cards are known today, how long they last and how hard they are, as FSRS has it, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                    /** @description One deck; all decks when left out. */
                    deck_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cards/{card_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All reviews of a card, newest first, and why it is due when it is */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                };
                header?: never;
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            card_id: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            due_date: string | null;
                            why: string[];
                            reviews: {
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                reviewed_at: string;
                                /** @description A study day: 2026-11-26. */
                                day: string;
                                /** @enum {string|null} */
                                button: "again" | "hard" | "good" | "easy" | null;
                                interval_before: number | null;
                                interval: number;
                                /** Format: double */
                                ease_factor: number;
                                /**
                                 * Format: date-time
                                 * @description UTC without a zone: 2025-10-03T00:43:50.819817
                                 */
                                due_date: string;
                                /** Format: double */
                                stability: number | null;
                                /** Format: double */
                                difficulty: number | null;
                                /** Format: double */
                                seconds: number | null;
                            }[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cards/{card_id}/history.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All reviews of a card, newest first, as a CSV file */
        get: {
            parameters: {
                query?: {
                    /** @description IANA name of the time zone whose days are meant: Europe/Berlin. */
                    zone?: string;
                    /** @description Hour on the wall clock at which a study day begins. */
                    rollover?: number;
                };
                header?: never;
                path: {
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation_id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a change back, by the id in the X-Operation header of the answer to it; only while nobody has changed it further */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    operation_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** @description change_deck, delete_deck, clone_deck, subscribe, take_update, unsubscribe, change_note, delete_note, change_card, delete_card, mark_card, import_cards, change_exam, delete_exam, change_search, delete_search, find_replace, mark_cards, reset_cards, set_due, tag_notes, move_notes, delete_cards, merge_duplicates, delete_duplicates or mark_duplicates. */
                            name: string;
                            /**
                             * Format: int64
                             * @description The deck, note or card.
                             */
                            target_id: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            undone_at: string;
                            imported: {
                                /** @description Of an import or a change of many: notes, and cards without one, that are gone again or as they were. */
                                taken_back: number;
                                /** @description Those that stay: they were studied or changed since. */
                                kept: number;
                                kept_fronts: string[];
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own reports */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    status_filter?: "pending" | "reviewed" | "under_review" | "resolved" | "dismissed";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            reporter_id: number;
                            report_type: string;
                            /** Format: int64 */
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
                            /** Format: int64 */
                            reviewed_by: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            reviewed_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Report a deck or card to the moderators */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        report_type: "deck" | "card";
                        /** Format: int64 */
                        content_id: number;
                        /** @enum {string} */
                        reason: "inappropriate_content" | "spam" | "harassment" | "incorrect_information" | "copyright_violation" | "other";
                        description?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            reporter_id: number;
                            report_type: string;
                            /** Format: int64 */
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
                            /** Format: int64 */
                            reviewed_by: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            reviewed_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/my-reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same under its documented name */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    status_filter?: "pending" | "reviewed" | "under_review" | "resolved" | "dismissed";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            reporter_id: number;
                            report_type: string;
                            /** Format: int64 */
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
                            /** Format: int64 */
                            reviewed_by: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            reviewed_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/{report_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of one’s own reports */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    report_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            /** Format: int64 */
                            reporter_id: number;
                            report_type: string;
                            /** Format: int64 */
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
                            /** Format: int64 */
                            reviewed_by: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            reviewed_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ai/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers 503: no AI service is configured */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        messages: {
                            role: string;
                            content: string;
                        }[];
                        stream?: boolean;
                        /** Format: double */
                        temperature?: number;
                        max_tokens?: number;
                    };
                };
            };
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ai/rewrite-card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers 503: no AI service is configured */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        front: string;
                        back: string;
                        instruction?: string | null;
                    };
                };
            };
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ai/autocomplete-card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers 503: no AI service is configured */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        partial_text: string;
                        card_type: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ai/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that no AI service is configured */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ai/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Nothing was used */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the page that signs people in has to know of this server */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            mails_password_resets: boolean;
                            /** @description The address at which passkeys work; null where they do not. */
                            passkey_site: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mail a link for a new password, if there is such an account; the answer does not tell */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The username or email address. */
                        name: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password-resets/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a new password by a link; every login, API token and passkey of the account ends */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        token: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own logins on all devices, last used first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            is_current: boolean;
                            /** @enum {string} */
                            kind: "web" | "api";
                            /** @description As `Firefox on Windows`, or the name of a program; null where it is not known. */
                            device: string | null;
                            /** @description The network it was last used from: 192.0.2.0/24, 2001:db8:1::/48. */
                            place: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_used_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            expires_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** End all of one’s own logins but this one */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ended: number;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logins/{login_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of one’s own logins */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    login_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own API tokens, the newest first; never the tokens themselves */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            scopes: ("read" | "study" | "edit" | "transfer" | "admin")[];
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_used_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            expires_at: string | null;
                            /** @description The network it was last used from. */
                            place: string | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** A new API token, which is shown this once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What it is for. */
                        name: string;
                        scopes: ("read" | "study" | "edit" | "transfer" | "admin")[];
                        /** @description null: it does not end by itself. */
                        expires_in_days: number | null;
                        current_password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            scopes: ("read" | "study" | "edit" | "transfer" | "admin")[];
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_used_at: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            expires_at: string | null;
                            /** @description The network it was last used from. */
                            place: string | null;
                            /** @description Shown this once. */
                            token: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one of one’s own API tokens */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    token_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Everything that is stored about oneself, as one zip file */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/zip": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete one’s own account for good */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        current_password: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/reminder": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When one is reminded by mail of what is due */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description As 19:30; null where one is not reminded. */
                            time: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            next_at: string | null;
                            mails: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Be reminded by mail every day at a time, if cards are due then */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description On the clock of one’s time zone, as 19:30. */
                        time: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description As 19:30; null where one is not reminded. */
                            time: string | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            next_at: string | null;
                            mails: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Be reminded no more */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/study/reminder/off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Be reminded no more, by the link of a mail; the answer does not tell whether it was of anybody */
        post: {
            parameters: {
                query: {
                    token: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkey-session/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a browser asks a passkey to sign somebody in */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            public_key: Record<string, never>;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkey-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A cookie for the page, by the answer of a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        response: {
                            id: string;
                            rawId: string;
                            /** @enum {string} */
                            type: "public-key";
                            response: {
                                clientDataJSON: string;
                                authenticatorData: string;
                                signature: string;
                                userHandle?: string | null;
                            };
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            email: string;
                            username: string;
                            is_active: boolean;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            updated_at: string;
                            is_admin: boolean;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own passkeys, the newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            /** @description The name of the site it works at. */
                            site: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_used_at: string | null;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        /** Keep a passkey that the browser made */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        response: {
                            id: string;
                            rawId: string;
                            /** @enum {string} */
                            type: "public-key";
                            response: {
                                clientDataJSON: string;
                                attestationObject: string;
                                transports?: string[];
                            };
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            name: string;
                            /** @description The name of the site it works at. */
                            site: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_used_at: string | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a browser needs to make a passkey */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        current_password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            public_key: Record<string, never>;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/{passkey_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Name one of one’s own passkeys */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    passkey_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        /** Remove one of one’s own passkeys; the password stays */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    passkey_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts, or those whose name or address has a text in it */
        get: {
            parameters: {
                query?: {
                    /** @description Rows of a page, never more than 500. */
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    /** @description A part of the name or address; A to Z are the same as a to z. */
                    search?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            username: string;
                            email: string;
                            is_active: boolean;
                            is_admin: boolean;
                            /** @description Cards they may have; null for what everybody may. */
                            max_cards: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                        }[];
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account: who it is and how much it keeps */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            username: string;
                            email: string;
                            is_active: boolean;
                            is_admin: boolean;
                            /** @description Cards they may have; null for what everybody may. */
                            max_cards: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                            /** @description Logins that have not ended. */
                            logins: number;
                            storage: {
                                /** @description Decks of their own. */
                                decks: number;
                                notes: number;
                                cards: number;
                                reviews: number;
                                /** @description Of the texts of notes and cards. */
                                characters: number;
                            };
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        /** Make somebody an administrator or no more; let them in or not, which ends their logins; how many cards they may have */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        is_admin?: boolean | null;
                        is_active?: boolean | null;
                        max_cards?: number | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: int64 */
                            id: number;
                            username: string;
                            email: string;
                            is_active: boolean;
                            is_admin: boolean;
                            /** @description Cards they may have; null for what everybody may. */
                            max_cards: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            created_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/reset-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link with which somebody chooses a new password once, to hand on to them */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Behind the address of the site; shown this once. */
                            path: string;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            expires_at: string;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete an account for good */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The username, as a word that it is meant. */
                        confirm: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the live move is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            standing: "none" | "underway" | "finished" | "elsewhere";
                            /** @description ISO 8601, UTC. */
                            seenAt: string;
                            status: {
                                event: string;
                                state: {
                                    runId: string;
                                    target: string;
                                    /** @enum {string} */
                                    phase: "copying" | "forward" | "reverse" | "finished" | "aborting";
                                    epoch: number;
                                    isPaused?: boolean;
                                    attempt?: {
                                        id: string;
                                        by: string;
                                        /** @description ISO 8601, UTC. */
                                        startedAt: string;
                                        limitMs: number;
                                    };
                                    follower?: string;
                                    /** @description ISO 8601, UTC. */
                                    followedAt?: string;
                                };
                                /** @enum {string} */
                                primary: "sqlite" | "postgres";
                                journalRows: number;
                                isInterrupted: boolean;
                                problems: string[];
                                users: {
                                    all: {
                                        requests: number;
                                        failed: number;
                                        abandoned: number;
                                        /** Format: double */
                                        p50Ms?: number;
                                        /** Format: double */
                                        p99Ms?: number;
                                        /** Format: double */
                                        slowestMs?: number;
                                    };
                                    reads: {
                                        requests: number;
                                        failed: number;
                                        abandoned: number;
                                        /** Format: double */
                                        p50Ms?: number;
                                        /** Format: double */
                                        p99Ms?: number;
                                        /** Format: double */
                                        slowestMs?: number;
                                    };
                                    writes: {
                                        requests: number;
                                        failed: number;
                                        abandoned: number;
                                        /** Format: double */
                                        p50Ms?: number;
                                        /** Format: double */
                                        p99Ms?: number;
                                        /** Format: double */
                                        slowestMs?: number;
                                    };
                                };
                                lastEvents: Record<string, never>[];
                                next: string[];
                                /** @description Keys the side that follows does not have; absent when it cannot be told. */
                                behind?: number;
                                side?: {
                                    follower?: string;
                                    /** @description ISO 8601, UTC. */
                                    followedAt?: string;
                                };
                            } | null;
                            notes: string[];
                            stages: {
                                /** @enum {string} */
                                name: "plan" | "copy" | "follow" | "verify" | "cutover" | "finish";
                                /** @enum {string} */
                                state: "done" | "here" | "ahead";
                            }[];
                            steps: {
                                command: string;
                                /** @description POST it to /api/v1/move/{action}; null where it must be typed on the server. */
                                action: string | null;
                                about: string;
                                confirm: string | null;
                                isNext: boolean;
                            }[];
                            moments: {
                                seq: number;
                                /** @description ISO 8601, UTC. */
                                at: string;
                                kind: string;
                                text: string;
                            }[];
                            settings: {
                                throttle: string;
                                shadow: string;
                            } | null;
                            forecast: {
                                lines: string[];
                                limitMs: number;
                                lastPausesMs: number[];
                            } | null;
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop carrying; nothing is missed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with carrying */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an interrupted switch right */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compare every row of both sides at one moment; goes on as the job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/practice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A cutover up to its decision, given up on purpose; goes on as the job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/throttle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set when copying and carrying rest for users’ sake */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description auto, off, or the p99 of users’ requests above which the move rests: 200ms, 0.5s. */
                        value: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/shadow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set the share of users’ reads that is asked of both sides */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The share of users’ reads that is asked of both sides, in percent, or off. */
                        value: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/cutover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make PostgreSQL the primary, after its database’s name was typed; goes on as the job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The name of the side that takes over, typed by a person. */
                        confirm: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make SQLite the primary again, after its file’s name was typed; goes on as the job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The name of the side that takes over, typed by a person. */
                        confirm: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job: {
                                id: number;
                                action: string;
                                /** @description The administrator. */
                                by: string;
                                /** @description ISO 8601, UTC. */
                                startedAt: string;
                                /** @description ISO 8601, UTC. */
                                endedAt: string | null;
                                doing: string;
                                /** Format: double */
                                done: number;
                                /** Format: double */
                                total: number;
                                /** @description What the command prints. */
                                text: string | null;
                                isOk: boolean | null;
                                failure: {
                                    code: string;
                                    what: string;
                                    why: string | null;
                                    hint: string | null;
                                } | null;
                            } | null;
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/database": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the database is: findings with advice, tables, statements, upkeep, backups */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description ISO 8601, UTC. */
                            seenAt: string;
                            /** @enum {string} */
                            engine: "sqlite" | "postgres";
                            version: string;
                            location: string;
                            revision: string | null;
                            findings: {
                                /** @description What kind of finding, always the same word. */
                                id: string;
                                /** @enum {string} */
                                severity: "page" | "warning" | "note";
                                says: string;
                                /** Format: double */
                                figure: number | null;
                                /** Format: double */
                                threshold: number;
                                /** @enum {string} */
                                unit: "bytes" | "seconds" | "milliseconds" | "share" | "rows" | "transactions" | "number";
                                advice: string;
                                /** @description The table, index, query or session it is about. */
                                on?: string;
                                /** @description To be typed as it is. */
                                command?: string;
                                /** @description The name of its page in docs/guide/runbooks. */
                                runbook?: string;
                            }[];
                            readings: {
                                name: string;
                                /** Format: double */
                                value: number;
                                labels?: Record<string, never>;
                            }[];
                            tables: {
                                name: string;
                                /** Format: double */
                                rows: number;
                                /** Format: double */
                                deadRows: number | null;
                                /** Format: double */
                                bytes: number;
                                /** Format: double */
                                indexBytes: number;
                                /** Format: double */
                                bloatBytes: number | null;
                                /** @description ISO 8601, UTC. */
                                vacuumedAt: string | null;
                                /** @description ISO 8601, UTC. */
                                analyzedAt: string | null;
                                isAnalyzed: boolean;
                                /** Format: double */
                                xidAge: number | null;
                                indexes: {
                                    name: string;
                                    /** Format: double */
                                    bytes: number;
                                    /** Format: double */
                                    bloatBytes: number | null;
                                    /** Format: double */
                                    scans: number | null;
                                    isValid: boolean;
                                    of: string;
                                }[];
                            }[];
                            sessions: {
                                blocked: {
                                    pid: number;
                                    application: string;
                                    /** Format: double */
                                    waitsSeconds: number;
                                    by: number;
                                    byApplication: string;
                                    byState: string;
                                }[];
                                transactions: {
                                    pid: number;
                                    application: string;
                                    state: string;
                                    /** Format: double */
                                    ageSeconds: number;
                                }[];
                            };
                            statements: {
                                /** @enum {string} */
                                source: "pg_stat_statements" | "server" | "nobody";
                                /** @description ISO 8601, UTC. */
                                since: string | null;
                                list: {
                                    /** @description For flashcase db explain. */
                                    name: string | null;
                                    sql: string;
                                    /** Format: double */
                                    calls: number;
                                    /** Format: double */
                                    totalMs: number;
                                    /** Format: double */
                                    meanMs: number;
                                    /** Format: double */
                                    maxMs: number;
                                    isSlow: boolean;
                                    plan: string[] | null;
                                    advice: string[];
                                    wholeTables: string[];
                                }[];
                                howTo: string | null;
                            };
                            pool: {
                                limit: number;
                                inUse: number;
                                idle: number;
                                waiting: number;
                            } | null;
                            upkeep: {
                                due: {
                                    on: string;
                                    why: string;
                                    sql: string;
                                    obstacle?: string;
                                }[];
                                minuteOfDay: number | null;
                                runs: {
                                    /** @description ISO 8601, UTC. */
                                    slot: string;
                                    host: string;
                                    /** @description ISO 8601, UTC. */
                                    endedAt: string | null;
                                    wentWell: boolean | null;
                                    told: string | null;
                                }[];
                            };
                            growth: {
                                /** @description The first day a size is known of, UTC. */
                                since: string | null;
                                /** @description Days a size is known of; few foretell nothing. */
                                days: number;
                                list: {
                                    /** @enum {string} */
                                    kind: "database" | "table" | "index";
                                    name: string;
                                    /** Format: double */
                                    bytesNow: number;
                                    /** Format: double */
                                    bytesPerDay: number;
                                    /** Format: double */
                                    bytesIn30Days: number;
                                    /** Format: double */
                                    lowIn30Days: number;
                                    /** Format: double */
                                    highIn30Days: number;
                                }[];
                            };
                            backups: {
                                directory: string;
                                minuteOfDay: number | null;
                                recorded: {
                                    /** @description ISO 8601, UTC. */
                                    at: string;
                                    /** @enum {string} */
                                    kind: "backup" | "verify" | "drill" | "prune" | "restore" | "log";
                                    isGood: boolean;
                                    backup?: string;
                                    detail?: string;
                                    /** Format: double */
                                    seconds?: number;
                                }[];
                                newest: {
                                    /** @description ISO 8601, UTC. */
                                    at: string;
                                    /** @enum {string} */
                                    kind: "backup" | "verify" | "drill" | "prune" | "restore" | "log";
                                    isGood: boolean;
                                    backup?: string;
                                    detail?: string;
                                    /** Format: double */
                                    seconds?: number;
                                } | null;
                                window: {
                                    /** @description ISO 8601, UTC. */
                                    oldest: string | null;
                                    /** @description ISO 8601, UTC. */
                                    newest: string | null;
                                } | null;
                            };
                            unread: string[];
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            status: string;
                            service: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            status: string;
                            service: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The database answers, has a schema this code serves and takes writes */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            isReady: boolean;
                            database: string;
                            schema: string;
                            gate: string;
                            /** @enum {string} */
                            engine: "sqlite" | "postgres";
                            /** @description Nightly backups and drills of this machine; absent where none are scheduled. They never make a server unready. */
                            backup?: {
                                isGood: boolean;
                                ageSeconds: number | null;
                                lastFailure: {
                                    at: string;
                                    code: string;
                                } | null;
                                drill: {
                                    at: string;
                                    ageSeconds: number;
                                    isGood: boolean;
                                } | null;
                            };
                        };
                    };
                };
                /** @description Default Response */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            isReady: boolean;
                            database: string;
                            schema: string;
                            gate: string;
                            /** @enum {string} */
                            engine: "sqlite" | "postgres";
                            /** @description Nightly backups and drills of this machine; absent where none are scheduled. They never make a server unready. */
                            backup?: {
                                isGood: boolean;
                                ageSeconds: number | null;
                                lastFailure: {
                                    at: string;
                                    code: string;
                                } | null;
                                drill: {
                                    at: string;
                                    ageSeconds: number;
                                    isGood: boolean;
                                } | null;
                            };
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for Prometheus: read on this machine, or with METRICS_TOKEN */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Connections of this server and the times of its statements, for flashcase monitor: read as /metrics is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The same for servers of the same database. */
                            serves: string;
                            pool: {
                                limit: number;
                                inUse: number;
                                idle: number;
                                waiting: number;
                            };
                            statements: {
                                /** @description ISO 8601, UTC. */
                                since: string;
                                list: {
                                    sql: string;
                                    calls: number;
                                    /** Format: double */
                                    totalMs: number;
                                    /** Format: double */
                                    maxMs: number;
                                }[];
                            };
                        };
                    };
                };
                /** @description Default Response */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Failure"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Failure: {
            detail: string | Record<string, never>[];
            code?: string;
            hint?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
