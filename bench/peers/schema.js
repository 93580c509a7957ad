// What every Node peer serves: the same types and resolvers.

const { loaders } = require('./upstream');

const typeDefs = `
  scalar DateTime

  type Query {
    course(id: ID!): Course
    section(id: ID!): Section
    sections(ids: [ID!]!): [Section]!
    classSections(ids: [ID!]!): [ClassSection]!
  }

  type Course { id: ID! name: String courseCode: String sections: [Section!]! }

  type Section {
    id: ID!
    name: String
    startAt: DateTime
    endAt: DateTime
    sisSectionId: String
    integrationId: String
    totalStudents: Int
    restricted: Boolean
    course: Course
    teachers: [Person!]
    students: [Person!]
  }

  type Person { id: ID! name: String displayName: String sortableName: String }

  type ClassSection { id: ID! name: String code: String course: ClassCourse }

  type ClassCourse { id: ID! name: String department: String }
`;

const resolvers = {
  Query: {
    course: (_, { id }, context) => context.courses.load(id),
    section: (_, { id }, context) => context.sections.load(id),
    sections: (_, { ids }, context) => ids.map((id) => context.sections.load(id)),
    classSections: (_, { ids }, context) => ids.map((id) => context.classSections.load(id)),
  },
  Course: { sections: (course, _, context) => context.courseSections.load(course.id) },
  Section: {
    course: (section, _, context) => context.courses.load(section.courseId),
    teachers: (section, _, context) => context.teachers.load(section.id),
    students: (section, _, context) => context.students.load(section.id),
  },
  ClassSection: { course: (section, _, context) => context.classCourses.load(section.courseId) },
};

module.exports = { typeDefs, resolvers, context: loaders, host: '127.0.0.1', port: Number(process.env.PORT) };
