"""JSON-Schema contracts: what may go over the wire, admitted, checked and explained."""
