// Code of <name>: options of the server, and functions that are asked for every request.
//
// Nothing here is needed, and as it stands it changes nothing. It runs in a sandbox without files and
// network, and is read when the server starts.
module.exports = {
  // Changes a query before it runs, or refuses it by throwing an Error. What is pushed to the filters
  // holds for the caller whatever they ask for.
  //
  // queryRewrite: (query, { securityContext }) => {
  //   if (securityContext.role !== 'admin') {
  //     query.filters.push({ member: 'example_orders.status', operator: 'equals', values: ['shipped'] });
  //   }
  //   return query;
  // },

  // The groups that the access policies of the model are written for.
  //
  // contextToGroups: ({ securityContext }) => securityContext.groups || [],
};
