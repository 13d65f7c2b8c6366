cube(`orders`, {
  sql_table: `orders`,
  joins: { users: { relationship: `many_to_one`, sql: `${CUBE}.user_id = ${users.id}` } },
  measures: { count: { type: `count`, drillMembers: [id, status, users.city] } },
  dimensions: {
    id: { sql: `id`, type: `number`, primaryKey: true },
    status: { sql: `status`, type: `string` },
    created_at: { sql: `created_at`, type: `time` },
  },
  hierarchies: {
    place: { title: `Place`, levels: [status, users.city] },
    state: { levels: [CUBE.status] },
  },
});

cube(`users`, {
  sql_table: `users`,
  dimensions: {
    id: { sql: `id`, type: `number`, primaryKey: true },
    city: { sql: `city`, type: `string` },
  },
});

cube(`people`, { extends: users, sql: `select * from people` });

view(`sales`, {
  description: `A view`,
  cubes: [
    { joinPath: orders, includes: `*` },
    {
      joinPath: orders.users,
      prefix: true,
      includes: [`city`, { name: `id`, alias: `number`, title: `Number` }],
    },
  ],
  folders: [
    {
      name: `One`,
      includes: [`status`, { joinPath: orders.users }, { name: `Two`, includes: [`count`] }],
    },
  ],
  defaultFilters: [
    { member: `${CUBE}.status`, operator: `equals`, values: [`paid`, 1, true], unless: [status] },
    { member: `created_at`, operator: `afterDate`, values: [`2 days ago`] },
  ],
  viewGroup: shop,
});

view(`more_sales`, {
  extends: sales,
  viewGroups: [`shop`],
  measures: { how_many: { sql: `${orders.count}`, type: `number` } },
});

view_group(`shop`, {
  title: `Shop`,
  includes: [sales, { name: `inner`, includes: [`more_sales`] }],
});
