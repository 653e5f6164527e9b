/** The version of the API, as its document and its start page show it. */
export const API_VERSION = '1.0.0';
