/** What was last sent to and received from a partner, without reading all that ever travelled. */
export const traffic = `
CREATE INDEX consignment_partner ON consignment (partner_id, state, sent_ms);
CREATE INDEX inbound_set_partner ON inbound_set (partner_id, last_ms);
`;
