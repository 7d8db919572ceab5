// Package casefile holds the rules of a case: what has happened (Fold), what
// may happen next and who may do it (Check), who sees which event (Entitled),
// who is asked next (Consequences), how long each step may take (Clocks), and
// what a desk can know of it (View). Every rule is a row of a table; everything
// here is a pure function of facts and the directory, and its siblings may
// import it.
package casefile
