/** The documents' worker. */
export {};
