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
            };
        };
        /** Log out */
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
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
    "/api/v1/decks/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    school?: string;
                    course?: string;
                    professor?: string;
                    year?: number;
                    scope?: "own" | "public";
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
                            due_count: number;
                        }[];
                    };
                };
            };
        };
        put?: never;
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
                        is_public?: boolean;
                        school?: string | null;
                        course?: string | null;
                        professor?: string | null;
                        year?: number | null;
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
                            due_count: number;
                        };
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
    "/api/v1/decks/{deck_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
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
                            due_count: number;
                        };
                    };
                };
            };
        };
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string | null;
                        description?: string | null;
                        is_public?: boolean | null;
                        school?: string | null;
                        course?: string | null;
                        professor?: string | null;
                        year?: number | null;
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
                            due_count: number;
                        };
                    };
                };
            };
        };
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
                    deck_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
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
                            deck_id: number;
                            card_count: number;
                            total_reviews: number;
                            average_rating: number | null;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            last_studied: string | null;
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
    "/api/v1/cards/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The last id of the page before: see the X-Next-After header. */
                    after?: string;
                    /** @description A 64-bit whole number. */
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
                            id: number;
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
                        }[];
                    };
                };
            };
        };
        put?: never;
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
                            id: number;
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
                        };
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
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
                            id: number;
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
                        };
                    };
                };
            };
        };
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
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
                            id: number;
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
                        };
                    };
                };
            };
        };
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
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
        get: {
            parameters: {
                query?: {
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
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
                            id: number;
                            deck_id: number;
                            front: string;
                            back: string;
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
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key gets the same answer: send it again after a lost connection. */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A 64-bit whole number. */
                    card_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        quality: number;
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
                            card_id: number;
                            quality: number;
                            new_ease_factor: number;
                            new_interval: number;
                            new_repetitions: number;
                            /**
                             * Format: date-time
                             * @description UTC without a zone: 2025-10-03T00:43:50.819817
                             */
                            next_due_date: string;
                        };
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
        get: {
            parameters: {
                query?: {
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
                            id: number;
                            reporter_id: number;
                            report_type: string;
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
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
            };
        };
        put?: never;
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
                            id: number;
                            reporter_id: number;
                            report_type: string;
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
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
                            id: number;
                            reporter_id: number;
                            report_type: string;
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
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
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A 64-bit whole number. */
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
                            id: number;
                            reporter_id: number;
                            report_type: string;
                            content_id: number;
                            reason: string;
                            description: string | null;
                            status: string;
                            admin_notes: string | null;
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
                    content?: never;
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
                    content?: never;
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
                    content?: never;
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
                    content?: never;
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
                    content?: never;
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
                    content?: never;
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
                    content?: never;
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
        /** The database answers, has today’s schema and takes writes */
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
                    content?: never;
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
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
